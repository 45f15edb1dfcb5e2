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

/** A file or folder that was dropped, whichever way the browser tells of it. */
interface Dropped {
  readonly path: string;
  /** Of a folder. */
  children?(): Promise<readonly Dropped[]>;
  file?(): Promise<File>;
}

/**
 * All files of what was dropped, folders included. Items have to be asked before the event is over.
 * @throws DOMException where the browser does not let the page read it
 */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly DroppedFile[]> {
  const waiting = (await Promise.all([...transfer.items].map(droppedItem))).flat();
  const files: DroppedFile[] = [];
  for (let next = waiting.pop(); next !== undefined && files.length < FILES_MAX; next = waiting.pop()) {
    if (next.children !== undefined) waiting.push(...(await next.children()));
    const path = next.file === undefined ? undefined : journalPath(next.path);
    if (path !== undefined && next.file !== undefined) files.push({ path, file: await next.file() });
  }
  return files;
}

/** Chromium hands out no entries to a page that is a file itself, but handles; others know entries alone. */
async function droppedItem(item: DataTransferItem): Promise<readonly Dropped[]> {
  const { getAsFileSystemHandle } = item as { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };
  const entry = item.webkitGetAsEntry();
  const handle = await getAsFileSystemHandle?.call(item);
  if (handle !== undefined && handle !== null) return [ofHandle(handle, handle.name)];
  return entry === null ? [] : [ofEntry(entry)];
}

function ofHandle(handle: FileSystemHandle, path: string): Dropped {
  if (handle.kind === 'file') return { path, file: () => (handle as FileSystemFileHandle).getFile() };
  return {
    path,
    children: async () => {
      const all: Dropped[] = [];
      for await (const [name, child] of (handle as FileSystemDirectoryHandle).entries()) {
        all.push(ofHandle(child, `${path}/${name}`));
        if (all.length > FILES_MAX) break;
      }
      return all;
    },
  };
}

function ofEntry(entry: FileSystemEntry): Dropped {
  const path = entry.fullPath;
  if (entry.isDirectory) return { path, children: () => entriesOf(entry as FileSystemDirectoryEntry) };
  const file = (): Promise<File> =>
    new Promise((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
  return { path, file };
}

/** A reader hands out a folder in parts, the last of which is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly Dropped[]> {
  const reader = folder.createReader();
  const all: Dropped[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0 || all.length > FILES_MAX) return all;
    all.push(...part.map(ofEntry));
  }
}
