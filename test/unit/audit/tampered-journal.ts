import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectNone } from '../../../src/policy/parse-policy.js';
import { recordRun, scratchFolder, writerOptions } from '../journal/scratch-journal.js';

/** A finished journal of three segments and two runs, the second under a policy, and a way to break copies of it. */
export class TamperedJournal {
  readonly folder = scratchFolder();
  readonly directory: string;
  #copies = 0;

  constructor() {
    const options = writerOptions(this.folder, { segmentBytesMax: 1_900 });
    recordRun(options, 8);
    recordRun({ ...options, policy: expectNone() }, 2);
    this.directory = options.directory;
  }

  /** Changes a copy; its keys stay known, as it lies at the same path as far as the pin goes. */
  copy(change: (directory: string) => void): string {
    this.#copies += 1;
    const copy = path.join(this.folder, `copy-${this.#copies}`);
    mkdirSync(copy);
    cpSync(this.directory, copy, { recursive: true });
    change(copy);
    return copy;
  }

  get key(): string {
    return (JSON.parse(readFileSync(path.join(this.directory, 'journal.json'), 'utf8')) as { key: string }).key;
  }
}

export const segmentPath = (directory: string, number: number): string =>
  path.join(directory, 'segments', `${String(number).padStart(8, '0')}.jsonl`);

/** Replaces the lines of a segment, without their newlines. */
export function editLines(directory: string, segment: number, edit: (lines: string[]) => string[]): void {
  const file = segmentPath(directory, segment);
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  overwrite(
    file,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** Sealed files are read-only; whoever owns the folder can replace them all the same. */
export function overwrite(file: string, content: string | Uint8Array): void {
  rmSync(file, { force: true });
  writeFileSync(file, content);
}
