/** The `hello` frame: who this thread is, and what of the hooks could not be installed in it. */
import { isMainThread, threadId } from 'node:worker_threads';
import { FRAME_VERSION } from '../../event/frame.js';
import { startText } from '../processes/child-environment.js';
import { currentDirectory } from '../caller/code-file.js';
import { quote } from '../json-text.js';
import { disabledPatches } from '../patch.js';

/** After the patches, since it names those that failed. */
export function greetingText(token: string): string {
  const disabled = disabledPatches();
  return (
    `{"t":"hello","v":${FRAME_VERSION},"token":${quote(token, 256)},"pid":${process.pid},"ppid":${process.ppid}` +
    `,"thread":${isMainThread ? 0 : threadId},"node":${quote(process.versions.node, 64)}` +
    `,"executable":${quote(process.execPath, 1024)},"argv0":${quote(process.argv0, 1024)}` +
    `,"cwd":${quote(currentDirectory(), 1024)}${startText()}` +
    (disabled.length === 0
      ? ''
      : `,"disabled":[${disabled.map(([ch, why]) => `[${quote(ch, 64)},${quote(why, 64)}]`).join(',')}]`) +
    '}'
  );
}
