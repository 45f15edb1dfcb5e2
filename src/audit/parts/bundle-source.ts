/** A bundle as it was handed over, as a folder: the one that it is, or one that its archive is unpacked into. */
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BLOCK_BYTES, isTarHeader, tarInvalid } from '../../archive/tar-header.js';
import { unpackArchive } from '../../archive/tar-reader.js';
import { isEntryName } from '../../core/entry-name.js';
import { EgressError, systemCode } from '../../core/error.js';
import { printable } from '../../core/printable.js';
import { bundleInvalid, DESCRIPTION_FILE } from '../../journal/evidence/bundle.js';
import { READ_FLAGS } from '../../keys/file-system.js';

/** What a path names: an archive of a bundle, a folder that is one, or neither. */
export type BundleShape = 'gzip' | 'tar' | 'zip' | 'folder' | undefined;

const FILES_MAX = 200_000;

export function bundleShape(location: string): BundleShape {
  const block = Buffer.alloc(BLOCK_BYTES);
  let fd: number;
  try {
    fd = openSync(location, READ_FLAGS);
  } catch {
    // Whoever reads it says why that is not possible.
    return undefined;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (stat.isDirectory()) return readdirSync(location).includes(DESCRIPTION_FILE) ? 'folder' : undefined;
    if (!stat.isFile()) return undefined;
    const start = block.subarray(0, readSync(fd, block, 0, BLOCK_BYTES, 0));
    if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
    if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return 'zip';
    return isTarHeader(start) ? 'tar' : undefined;
  } finally {
    closeSync(fd);
  }
}

/**
 * Runs `use` on the bundle's folder. An archive is unpacked into a folder of this user's alone, which is gone afterwards.
 * @throws BUNDLE_INVALID, JOURNAL_UNREADABLE, and whatever `use` throws
 */
export async function withBundleFolder<T>(
  location: string,
  shape: Exclude<BundleShape, undefined>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (shape === 'folder') return await use(location);
  if (shape === 'zip') {
    throw tarInvalid('it is a zip archive', 'Unpack it in an empty folder, and verify the folder that is in it.');
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-bundle-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  // Ctrl-C in the middle must not leave somebody's evidence in a temporary folder.
  const interrupted = (signal: NodeJS.Signals): void => {
    remove();
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await unpackArchive(location, folder, sizeOf(location), shape === 'gzip');
    return await use(bundleRoot(folder));
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    remove();
  }
}

function sizeOf(file: string): number {
  const fd = openSync(file, READ_FLAGS);
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** The folder with `bundle.json`: what was unpacked, or the only folder in it. */
function bundleRoot(folder: string): string {
  const names = readdirSync(folder);
  if (names.includes(DESCRIPTION_FILE)) return folder;
  const [top, ...more] = names;
  if (top !== undefined && more.length === 0) {
    const inner = path.join(folder, top);
    if (readdirSync(inner).includes(DESCRIPTION_FILE)) return inner;
  }
  throw tarInvalid(
    `its archive holds no ${DESCRIPTION_FILE}`,
    'If it holds a journal, as a page saves one: unpack it in an empty folder, and verify the folder that is in it.',
  );
}

/**
 * Names of all files in a bundle's folder, relative to it.
 * @throws BUNDLE_INVALID for links, devices and names that no bundle has; JOURNAL_UNREADABLE
 */
export function bundleFiles(folder: string): readonly string[] {
  const files: string[] = [];
  const visit = (relative: string): void => {
    for (const entry of listed(path.join(folder, relative))) {
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (files.length >= FILES_MAX) throw bundleInvalid(`it has more than ${FILES_MAX} files`);
      if (entry.isDirectory() && isEntryName(name)) visit(name);
      else if (entry.isFile() || entry.isDirectory()) files.push(name);
      else throw bundleInvalid(`${printable(name, { max: 120 })} is a link or a device`);
    }
  };
  visit('');
  return files.sort();
}

function listed(folder: string): ReturnType<typeof readDirectory> {
  try {
    return readDirectory(folder);
  } catch (error) {
    const code = systemCode(error) ?? 'unknown error';
    throw new EgressError('JOURNAL_UNREADABLE', `cannot list ${folder}: ${code}`, { cause: error });
  }
}

const readDirectory = (folder: string) => readdirSync(folder, { withFileTypes: true });
