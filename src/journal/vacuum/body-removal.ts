/**
 * Bodies go with their segments. Their keys go first: from then on nobody can read the bodies, the custodian neither,
 * wherever copies of them lie. On copy-on-write disks, in snapshots and in backups an overwritten key lives on.
 */
import { constants } from 'node:fs';
import path from 'node:path';
import { EgressError, systemCode } from '../../core/error.js';
import type { VacuumReceipt } from '../../event/record.js';
import { syncFolder, writeFully, type FileSystem } from '../../keys/file-system.js';
import type { JournalLayout } from '../folder/layout.js';

const isKey = (name: string): boolean => name.endsWith('.key');

/** Folders of segments up to this one, the oldest first. */
function foldersUpTo(fs: FileSystem, { bodies }: JournalLayout, segment: number): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(bodies);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw unremovable(bodies, error);
  }
  return names
    .filter((name) => /^[0-9]{8,16}$/.test(name) && Number(name) <= segment)
    .sort()
    .map((name) => path.join(bodies, name));
}

function unremovable(what: string, error: unknown): EgressError {
  return new EgressError('JOURNAL_UNWRITABLE', `cannot remove ${what}: ${systemCode(error) ?? 'unknown error'}`, {
    hint: 'Whoever records the journal removes bodies; the next vacuum removes what is left.',
    cause: error,
  });
}

/** What a vacuum up to this segment takes away, or undefined if there is nothing. @throws JOURNAL_UNWRITABLE */
export function bodiesUpTo(fs: FileSystem, layout: JournalLayout, segment: number): VacuumReceipt['bodies'] {
  let [keys, files, bytes] = [0, 0, 0];
  for (const folder of foldersUpTo(fs, layout, segment)) {
    for (const name of fs.readdirSync(folder)) {
      if (isKey(name)) keys += 1;
      else {
        files += 1;
        bytes += fs.lstatSync(path.join(folder, name)).size;
      }
    }
  }
  return keys + files === 0 ? undefined : { keys, files, bytes };
}

/**
 * To be called when the receipt stands under a head.
 * @throws JOURNAL_UNWRITABLE; the rest is left for the next vacuum
 */
export function removeBodies(fs: FileSystem, layout: JournalLayout, segment: number): void {
  const folders = foldersUpTo(fs, layout, segment);
  if (folders.length === 0) return;
  for (const folder of folders) for (const name of fs.readdirSync(folder).filter(isKey)) destroy(fs, folder, name);
  for (const folder of folders) {
    try {
      for (const name of fs.readdirSync(folder)) fs.unlinkSync(path.join(folder, name));
      fs.rmdirSync(folder);
    } catch (error) {
      throw unremovable(folder, error);
    }
  }
  syncFolder(fs, layout.bodies);
}

function destroy(fs: FileSystem, folder: string, name: string): void {
  const file = path.join(folder, name);
  try {
    const fd = fs.openSync(file, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    try {
      writeFully(fs, fd, Buffer.alloc(fs.fstatSync(fd).size));
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.unlinkSync(file);
    syncFolder(fs, folder);
  } catch (error) {
    throw unremovable(file, error);
  }
}
