/** Call sites: a stack seen once is sent once, then only its number. */
import { FILE_PATH_CHARS_MAX, FRAME_BYTES_MAX, NAME_CHARS_MAX, SITES_PER_THREAD_MAX } from '../../core/limits.js';
import { MapConstructor } from '../primordials.js';
import { codeFile } from './code-file.js';
import { quote } from '../json-text.js';

export interface Site {
  readonly number: number;
  /** The `site` frame. */
  readonly text: string;
  /** Connection on which it was declared. */
  generation: number;
}

/** A frame of V8's (20.20 to 26.10), with what its type leaves out. */
export interface Located extends NodeJS.CallSite {
  /** Offset in the script: much cheaper to ask for than line and column. */
  getPosition(): number;
}

export interface Position {
  readonly file: string;
  readonly offset: number;
  /** Undefined where the frame only stands for others. */
  readonly callSite: Located | undefined;
}

interface Node {
  readonly inner: Map<string, Map<number, Node>>;
  site: Site | undefined;
}

const newNode = (): Node => ({ inner: new MapConstructor(), site: undefined });

/** Stacks as a tree by file and position, so that two stacks are one site only if every frame is the same. */
const root = newNode();
let sites = 0;

function frameText({ file, callSite }: Position): string {
  const path = quote(codeFile(file), FILE_PATH_CHARS_MAX);
  if (callSite === undefined) return `[${path},0,0,"require"]`;
  const line = callSite.getLineNumber() ?? 0;
  const column = callSite.getColumnNumber() ?? 0;
  return `[${path},${line},${column},${quote(callSite.getFunctionName() ?? '', NAME_CHARS_MAX)}]`;
}

function text(number: number, frames: readonly Position[]): string {
  let joined = `{"t":"site","n":${number},"frames":[`;
  for (let i = 0; i < frames.length; i += 1) {
    const frame = frames[i];
    if (frame === undefined) break;
    const item = frameText(frame);
    if (joined.length + item.length + 3 > FRAME_BYTES_MAX) break;
    joined += (i === 0 ? '' : ',') + item;
  }
  return joined + ']}';
}

/** The site of a stack, innermost frame first; undefined once too many different ones were seen. */
export function internSite(frames: readonly Position[]): Site | undefined {
  let node = root;
  for (const { file, offset } of frames) {
    let offsets = node.inner.get(file);
    if (offsets === undefined) {
      // A tree that stopped handing out sites must not grow either.
      if (sites >= SITES_PER_THREAD_MAX) return undefined;
      node.inner.set(file, (offsets = new MapConstructor<number, Node>()));
    }
    let next = offsets.get(offset);
    if (next === undefined) {
      if (sites >= SITES_PER_THREAD_MAX) return undefined;
      offsets.set(offset, (next = newNode()));
    }
    node = next;
  }
  if (node.site === undefined && sites < SITES_PER_THREAD_MAX) {
    sites += 1;
    node.site = { number: sites, text: text(sites, frames), generation: -1 };
  }
  return node.site;
}
