/**
 * The stack of the caller, as cheaply as it can be had honestly. V8 takes about 2.5 µs to begin a capture and 1 µs for
 * each frame (20.20, 24.21), so the first step takes few frames and goes on only if the application, where
 * attribution stops, is not among them.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SITE_FRAMES_MAX } from '../../core/limits.js';
import { LOADING_FILE } from '../../event/frame.js';
import { codeFile, currentDirectory } from './code-file.js';
import { TextCache } from '../json-text.js';
import { ErrorConstructor, captureStackTrace, isArray } from '../primordials.js';
import type { ForeignFunction } from '../primordials.js';
import { internSite } from './site.js';
import type { Located, Position, Site } from './site.js';

/** Frames asked for in each step; Node's own are among them. */
const STEPS = [2, 14, SITE_FRAMES_MAX + 12] as const;

function limitOf(step: number): number {
  return STEPS[step] ?? STEPS[0];
}

function packageRoot(file: string): string | undefined {
  let folder = path.dirname(file);
  for (let depth = 0; depth < 64; depth += 1) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    const parent = path.dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  return undefined;
}

const main = process.argv[1];
const DEPENDENCY = /[\\/]node_modules[\\/]/;
// A tool that was started from node_modules (a framework's command, say) runs the application in the working directory.
const applicationRoot = packageRoot(
  main !== undefined && path.isAbsolute(main) && !DEPENDENCY.test(main) ? main : path.join(currentDirectory(), 'main'),
);
const roles = new TextCache<string, 'node' | 'application' | 'package'>(4_096);

function roleOf(file: string): 'node' | 'application' | 'package' {
  const known = roles.get(file);
  if (known !== undefined) return known;
  if (file.startsWith('node:') || file === __filename) return roles.set(file, 'node');
  if (DEPENDENCY.test(file)) return roles.set(file, 'package');
  const inside = codeFile(file);
  // A workspace package lies outside node_modules but has a package.json of its own.
  const isOurs = path.isAbsolute(inside) && packageRoot(inside) === applicationRoot;
  return roles.set(file, isOurs ? 'application' : 'package');
}

const CJS_LOADER = 'node:internal/modules/cjs/loader';
/** Stands for the loader's own frames: what lies further in is the code of a module that is being loaded. */
const LOADING: Position = { file: LOADING_FILE, offset: 0, callSite: undefined };

const keepCallSites = (_error: Error, callSites: NodeJS.CallSite[]): NodeJS.CallSite[] => callSites;

/** Step to begin with: calls come in runs, and whoever needed the longer stack will need it again. */
let firstStep = 0;
/** Takes every capture: V8 gives each new object a shape of its own for its accessor. */
const holder: { stack?: unknown } = {};
let isSwapped = false;
let limitBefore: typeof Error.stackTraceLimit;
let prepareBefore: typeof Error.prepareStackTrace;

function swap(): void {
  limitBefore = ErrorConstructor.stackTraceLimit;
  prepareBefore = ErrorConstructor.prepareStackTrace;
  isSwapped = true;
  ErrorConstructor.stackTraceLimit = limitOf(firstStep);
  ErrorConstructor.prepareStackTrace = keepCallSites;
}

function restore(): void {
  if (!isSwapped) return;
  isSwapped = false;
  try {
    ErrorConstructor.stackTraceLimit = limitBefore;
    ErrorConstructor.prepareStackTrace = prepareBefore as typeof keepCallSites;
  } catch {
    // Frozen: nothing was changed.
  }
}

/**
 * The site of whoever called `above`, which has to be on the stack. Frames of Node and of the hooks are left out.
 * Undefined if it cannot be had (a frozen Error, say): the call is then recorded as unattributed.
 *
 * V8 takes apart each frame between here and the caller, ours included, with every local that is alive in it: so this
 * function has none, and what it needs is done by others that have returned by then.
 */
export function captureSite(above: ForeignFunction): Site | undefined {
  try {
    swap();
    captureStackTrace(holder, above);
    return readSite(above, firstStep);
  } catch {
    return undefined;
  } finally {
    restore();
  }
}

/** The site in `holder`, with a longer stack in it if the application is not among so few frames. */
function readSite(above: ForeignFunction, step: number): Site | undefined {
  const found = holder.stack;
  if (!isArray(found) || found.length === 0) return undefined;
  const frames: Position[] = [];
  const count = found.length;
  const applicationAt = readFrames(found, frames);
  const isCut = count >= limitOf(step);
  if (applicationAt < 0 && isCut && step < STEPS.length - 1) {
    ErrorConstructor.stackTraceLimit = limitOf(step + 1);
    captureStackTrace(holder, above);
    return readSite(above, step + 1);
  }
  firstStep = applicationAt >= 0 && applicationAt < STEPS[0] ? 0 : count > STEPS[0] ? 1 : 0;
  const site = internSite(frames);
  // `holder` lives on, and must not keep what the program's frames belong to.
  found.length = 0;
  return site;
}

/** Fills `frames` with what is not Node's; gives the index of the first frame of the application, or -1. */
function readFrames(callSites: readonly Located[], frames: Position[]): number {
  let applicationAt = -1;
  for (let i = 0; i < callSites.length; i += 1) {
    const callSite = callSites[i];
    const file = callSite?.getFileName() ?? callSite?.getEvalOrigin() ?? '';
    // A frame of the engine itself (`Promise`, `Array.map`) has no file.
    if (callSite === undefined || file === '') continue;
    const role = roleOf(file);
    if (role === 'node') {
      const isLoading = file === CJS_LOADER && frames.length > 0 && frames[frames.length - 1] !== LOADING;
      if (isLoading && frames.length < SITE_FRAMES_MAX) frames.push(LOADING);
      continue;
    }
    if (role === 'application' && applicationAt < 0) applicationAt = i;
    if (frames.length < SITE_FRAMES_MAX) frames.push({ file, offset: callSite.getPosition(), callSite });
  }
  // The main module is loaded by nobody.
  if (frames[frames.length - 1] === LOADING) frames.length -= 1;
  return applicationAt;
}
