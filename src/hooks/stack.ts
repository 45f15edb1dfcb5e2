/**
 * The stack of the caller, as cheaply as it can be had honestly. V8 takes about 2.5 µs to begin a capture and 1 µs for
 * each frame (20.20, 24.21), so the first step takes few frames and goes on only if the application, where
 * attribution stops, is not among them.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { SITE_FRAMES_MAX } from '../core/limits.js';
import { TextCache } from './json-text.js';
import { ErrorConstructor, captureStackTrace } from './primordials.js';
import type { ForeignFunction } from './primordials.js';
import { internSite } from './site.js';
import type { Position, Site } from './site.js';

/** Frames asked for in each step; Node's own are among them. */
const STEPS = [5, 14, SITE_FRAMES_MAX + 12] as const;

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
const applicationRoot = packageRoot(main !== undefined && path.isAbsolute(main) ? main : path.join(process.cwd(), 'x'));
const roles = new TextCache<string, 'node' | 'application' | 'package'>(4_096);

function roleOf(file: string): 'node' | 'application' | 'package' {
  const known = roles.get(file);
  if (known !== undefined) return known;
  if (file.startsWith('node:') || file === __filename) return roles.set(file, 'node');
  if (/[\\/]node_modules[\\/]/.test(file)) return roles.set(file, 'package');
  let inside = file;
  try {
    if (file.startsWith('file:')) inside = fileURLToPath(file);
  } catch {
    // A made-up URL: not a file of the application.
  }
  // A workspace package lies outside node_modules but has a package.json of its own.
  const isOurs = path.isAbsolute(inside) && packageRoot(inside) === applicationRoot;
  return roles.set(file, isOurs ? 'application' : 'package');
}

function frame(callSite: NodeJS.CallSite, file: string): Position {
  const offset = (callSite as unknown as { getPosition: () => number }).getPosition();
  return {
    file,
    offset,
    locate: () => [callSite.getLineNumber() ?? 0, callSite.getColumnNumber() ?? 0, callSite.getFunctionName() ?? ''],
  };
}

const keepCallSites = (_error: Error, callSites: NodeJS.CallSite[]): NodeJS.CallSite[] => callSites;

function callSites(limit: number, above: ForeignFunction): NodeJS.CallSite[] {
  const limitBefore = ErrorConstructor.stackTraceLimit;
  const prepareBefore = ErrorConstructor.prepareStackTrace;
  try {
    ErrorConstructor.stackTraceLimit = limit;
    ErrorConstructor.prepareStackTrace = keepCallSites;
    const holder: { stack?: unknown } = {};
    captureStackTrace(holder, above);
    return Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  } finally {
    ErrorConstructor.stackTraceLimit = limitBefore;
    ErrorConstructor.prepareStackTrace = prepareBefore as typeof keepCallSites;
  }
}

let firstStep = 0;

/**
 * The site of whoever called `above`, which has to be on the stack. Frames of Node and of the hooks are left out.
 * Undefined if it cannot be had (a frozen Error, say): the call is then recorded as unattributed.
 */
export function captureSite(above: ForeignFunction): Site | undefined {
  try {
    return capture(above);
  } catch {
    return undefined;
  }
}

function capture(above: ForeignFunction): Site | undefined {
  for (let step = firstStep; ; step += 1) {
    const limit = STEPS[step] ?? STEPS[STEPS.length - 1] ?? 0;
    const found = callSites(limit, above);
    const frames: Position[] = [];
    let reachedApplication = false;
    for (const callSite of found) {
      const file = callSite.getFileName() ?? callSite.getEvalOrigin() ?? '';
      // A frame of the engine itself (`Promise`, `Array.map`) has no file.
      if (file === '') continue;
      const role = roleOf(file);
      if (role === 'node') continue;
      if (role === 'application') reachedApplication = true;
      if (frames.length < SITE_FRAMES_MAX) frames.push(frame(callSite, file));
    }
    if (reachedApplication || found.length < limit || step >= STEPS.length - 1) {
      // Calls come in runs: whoever needed the longer stack will need it again.
      firstStep = step > 0 && found.length > (STEPS[0] ?? 0) ? 1 : 0;
      return internSite(frames);
    }
  }
}
