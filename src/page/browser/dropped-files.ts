/** Files of a journal that a reader drops onto the page, or chooses: a folder, or what lies in it. */
import type { DroppedFile } from '../message.js';

/** More than any journal of a size that somebody would open here. */
const FILES_MAX = 100_000;

const PLACES: ReadonlySet<string> = new Set(['segments', 'heads', 'epochs', 'consistency', 'cosignatures', 'policies']);

/** The path within a journal, whatever folders it was in: `x/.egress/segments/00000001.jsonl` and `00000001.jsonl`. */
function journalPath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const [folder = '', name = ''] = parts.slice(-2);
  if (parts.length > 1 && PLACES.has(folder)) return `${folder}/${name}`;
  const file = parts.at(-1) ?? '';
  if (file === 'journal.json' || file === 'checkpoint') return file;
  return /^[0-9]{8,16}\.jsonl$/.test(file) ? `segments/${file}` : undefined;
}

export function filesOf(list: Iterable<File>): readonly DroppedFile[] {
  const files: DroppedFile[] = [];
  for (const file of list) {
    const path = journalPath(file.webkitRelativePath === '' ? file.name : file.webkitRelativePath);
    if (path !== undefined && files.length < FILES_MAX) files.push({ path, file });
  }
  return files;
}

/** All files of what was dropped, folders included. Entries have to be taken before the event is over. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly DroppedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: DroppedFile[] = [];
  const waiting: FileSystemEntry[] = entries;
  for (let entry = waiting.pop(); entry !== undefined && files.length < FILES_MAX; entry = waiting.pop()) {
    if (entry.isDirectory) {
      waiting.push(...(await entriesOf(entry as FileSystemDirectoryEntry)));
      continue;
    }
    const path = journalPath(entry.fullPath);
    if (path !== undefined) files.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
  }
  return files;
}

/** A reader hands out a folder in parts, the last of which is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0 || all.length > FILES_MAX) return all;
    all.push(...part);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}
