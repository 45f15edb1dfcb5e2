import { closeSync, openSync } from 'node:fs';
import { JournalLayout, listSegments } from '../../journal/folder/layout.js';
import { fileSystem, READ_FLAGS } from '../../keys/file-system.js';
import { fileFlag } from '../../system/file-flags.js';

/** More than these are not looked at. */
const SEGMENTS_MAX = 10_000;

/** How many of a journal's segments carry which flag: what holds, and not what was asked for. */
export interface GuardedSegments {
  readonly segments: number;
  readonly immutable: number;
  readonly appendOnly: number;
}

/** @throws JOURNAL_UNREADABLE */
export function guardedSegments(directory: string): GuardedSegments {
  const layout = new JournalLayout(directory);
  const numbers = listSegments(fileSystem, layout).numbers.slice(-SEGMENTS_MAX);
  const flags = numbers.map((number) => flagOf(layout.segment(number)));
  const count = (flag: string): number => flags.filter((found) => found === flag).length;
  return { segments: numbers.length, immutable: count('immutable'), appendOnly: count('append') };
}

function flagOf(file: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, READ_FLAGS);
  } catch {
    // Removed meanwhile, or not ours to read.
    return undefined;
  }
  try {
    return fileFlag(fd);
  } finally {
    closeSync(fd);
  }
}
