import * as fs from 'node:fs';
import path from 'node:path';
import { keyBase, keyDirectory } from '../../keys/key-directory.js';
import { clockCheck } from './clock-check.js';
import type { Check } from './diagnosis.js';
import { kernelLimitText, noKernelText } from '../text/kernel-text.js';
import {
  accessCheck,
  accessListCheck,
  enforcementCheck,
  erasureCheck,
  splitCheck,
  type AccessState,
  type Enforcement,
} from './enforcement-checks.js';
import { existingFolder, folderCheck, parentsCheck, spaceCheck, syncCheck } from './folder-checks.js';

/** What `doctor` is told; it finds out the rest. */
export interface Surroundings {
  readonly journal: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  readonly uid: number | undefined;
  /** Built preload of the hooks. */
  readonly preload: string;
  /** Why system calls are not available, or undefined. */
  readonly ffiReason: string | undefined;
  /** What keeps segments from being changed. */
  readonly enforcement: Enforcement;
  readonly access: AccessState;
  /** Files of journal and keys with access lists of their own; undefined where that cannot be asked. */
  readonly accessLists: (folders: readonly string[]) => readonly string[] | undefined;
  /** What the kernel observer would do; codes as in `run.open`. */
  readonly kernel: { readonly reason?: string; readonly limits: readonly string[] };
}

/** One that is too old does not get here: bin/run.js tells of it. */
function nodeCheck({ nodeVersion }: Surroundings): Check {
  return { name: 'Node.js', status: 'ok', says: nodeVersion };
}

function platformCheck({ platform }: Surroundings): Check {
  const name = 'platform';
  if (platform === 'linux' || platform === 'darwin') return { name, status: 'ok', says: `${platform} ${process.arch}` };
  const says = `egress run does not work on ${platform}`;
  return { name, status: 'failed', says, advice: 'log, show and verify do. Record on Linux or macOS.' };
}

function preloadCheck({ preload }: Surroundings): Check {
  try {
    fs.accessSync(preload, fs.constants.R_OK);
    return { name: 'hooks', status: 'ok', says: 'the preload is in place' };
  } catch {
    const advice = 'Install egress again; in a checkout: npm run build.';
    return { name: 'hooks', status: 'failed', says: `${preload} is missing`, advice };
  }
}

function ffiCheck({ ffiReason }: Surroundings): Check {
  const name = 'system calls';
  if (ffiReason === undefined) return { name, status: 'ok', says: 'available: file locks, and who a process is' };
  const advice = 'Recording works. Processes are then recorded as they name themselves.';
  return { name, status: 'warning', says: `not available (${ffiReason})`, advice };
}

function kernelCheck({ kernel }: Surroundings): Check {
  const name = 'kernel observer';
  if (kernel.reason !== undefined) {
    const says = `runs see what Node does, not what other programs and native code do: ${noKernelText(kernel.reason)}`;
    return { name, status: kernel.reason === 'not_linux' ? 'none' : 'warning', says };
  }
  if (kernel.limits.length === 0) return { name, status: 'ok', says: 'sees all programs of a run, not Node alone' };
  const says = `sees all programs of a run; ${kernel.limits.map(kernelLimitText).join('; ')}`;
  return { name, status: 'ok', says };
}

/** The key folder belongs to the real path of the journal, which may not exist yet. */
function keyFolder({ env, journal }: Surroundings): string {
  const existing = existingFolder(journal);
  const real = path.join(fs.realpathSync(existing), path.relative(existing, path.resolve(journal)));
  return keyDirectory(keyBase(env), real);
}

/** Looks at all that a run would need, the most likely trouble first. */
export function examine(surroundings: Surroundings): readonly Check[] {
  const { journal, uid } = surroundings;
  const keys = keyFolder(surroundings);
  const journalFolder = folderCheck('journal folder', journal, false, uid);
  return [
    nodeCheck(surroundings),
    platformCheck(surroundings),
    preloadCheck(surroundings),
    ffiCheck(surroundings),
    kernelCheck(surroundings),
    journalFolder,
    folderCheck('key folder', keys, true, uid),
    parentsCheck([journal, keys], uid),
    accessCheck(surroundings.access),
    accessListCheck(surroundings.accessLists([journal, keys])),
    splitCheck(keys, surroundings.env),
    enforcementCheck(surroundings.enforcement),
    erasureCheck(keys),
    clockCheck(journal, Date.now()),
    spaceCheck(journal),
    // Where nothing can be written, the line above says so already.
    ...(journalFolder.status === 'failed' ? [] : [syncCheck(journal)]),
  ];
}
