/** What `doctor` says of folders: may they be written, who else may change them, is there room, does a sync work. */
import * as fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../core/error.js';
import type { Check } from './diagnosis.js';
import { bytesText } from '../text/quantity-text.js';

const FREE_BYTES_LOW = 100e6;
const FREE_BYTES_NONE = 1e6;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o022;

const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
const reasonOf = (error: unknown): string => systemCode(error) ?? (error instanceof Error ? error.message : '?');

/** The folder itself, or the nearest above it that exists. */
export function existingFolder(folder: string): string {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if (fs.existsSync(current) || current === path.dirname(current)) return current;
  }
}

/** @param isPrivate whether nobody but the owner should be able to enter */
export function folderCheck(name: string, folder: string, isPrivate: boolean, uid: number | undefined): Check {
  const existing = existingFolder(folder);
  try {
    fs.accessSync(existing, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    const says = `${existing} cannot be written to (${reasonOf(error)})`;
    const variable = isPrivate ? 'EGRESS_KEYS' : '--journal';
    return { name, status: 'failed', says, advice: `Change its owner or mode, or name another with ${variable}.` };
  }
  if (existing !== path.resolve(folder))
    return { name, status: 'ok', says: `the first run will make it below ${existing}` };
  const stat = fs.statSync(existing);
  if (!stat.isDirectory())
    return { name, status: 'failed', says: `${folder} is not a folder`, advice: 'Name another.' };
  const says = `${folder}  mode ${modeText(stat.mode)}`;
  if (uid !== undefined && stat.uid !== uid) {
    return {
      name,
      status: 'failed',
      says: `${folder} belongs to another user (${stat.uid})`,
      advice: `Run as that user, or chown it.`,
    };
  }
  if (isPrivate && (stat.mode & 0o077) !== 0) {
    return {
      name,
      status: 'failed',
      says: `${says}, open to others`,
      advice: `If nobody used that: chmod 700 ${folder}`,
    };
  }
  if ((stat.mode & OTHERS_WRITE) !== 0) {
    return { name, status: 'warning', says: `${says}, others may write`, advice: `chmod go-w ${folder}` };
  }
  return { name, status: 'ok', says };
}

/** Who may write to a folder may put another one in the place of what lies in it. */
export function parentsCheck(folders: readonly string[], uid: number | undefined): Check {
  const name = 'parent folders';
  if (uid === undefined) return { name, status: 'none', says: 'modes say nothing on this platform' };
  for (const folder of folders) {
    let current = path.dirname(fs.realpathSync(existingFolder(folder)));
    for (;;) {
      const stat = fs.statSync(current);
      const isShared = (stat.mode & OTHERS_WRITE) !== 0 && (stat.mode & STICKY) === 0;
      if (isShared || (stat.uid !== uid && stat.uid !== 0)) {
        const says = `${current} can be changed by other users (owner ${stat.uid}, mode ${modeText(stat.mode)})`;
        return {
          name,
          status: 'warning',
          says,
          advice: 'They could replace what lies below it. Keep journal and keys elsewhere.',
        };
      }
      if (current === path.dirname(current)) break;
      current = path.dirname(current);
    }
  }
  return { name, status: 'ok', says: 'only you and root can change them' };
}

export function spaceCheck(folder: string): Check {
  const name = 'free space';
  const { bavail, bsize } = fs.statfsSync(existingFolder(folder));
  const free = bavail * bsize;
  const says = `${bytesText(free)} where the journal lies`;
  if (free >= FREE_BYTES_LOW) return { name, status: 'ok', says };
  return {
    name,
    status: free < FREE_BYTES_NONE ? 'failed' : 'warning',
    says,
    advice: 'A full disk ends the recording.',
  };
}

/** Writes a small file where the journal lies, forces it to disk and removes it; `.new` marks it as nobody's. */
export function syncCheck(folder: string): Check {
  const name = 'sync to disk';
  const existing = existingFolder(folder);
  const file = path.join(existing, `doctor-${process.pid}.new`);
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, 'wx', 0o600);
    fs.writeSync(fd, 'egress doctor\n');
    const start = performance.now();
    fs.fsyncSync(fd);
    return { name, status: 'ok', says: `works, ${(performance.now() - start).toFixed(1)} ms` };
  } catch (error) {
    return {
      name,
      status: 'failed',
      says: `fails in ${existing} (${reasonOf(error)})`,
      advice: 'Name another folder with --journal.',
    };
  } finally {
    if (fd !== undefined) {
      fs.closeSync(fd);
      fs.rmSync(file, { force: true });
    }
  }
}
