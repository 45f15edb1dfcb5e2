/** The terminal as the report leaves and finds it: the other screen, keys from it, and everything put back at the end. */
import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** The alternate screen keeps what stood there, and its scrollback, untouched. */
const ENTER = '\x1b[?1049h\x1b[H';
const LEAVE = '\x1b[?1049l\x1b[?25h';
/** Erases the scrollback, which is not ours; Ink does that when its output fills the screen. */
const ERASE_SCROLLBACK = '\x1b[3J';

/** Where keys come from: stdin, or the terminal itself where stdin is something else. Undefined where there is none. */
export function keyboard(): ReadStream | undefined {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}

/** stdout, but for one thing that nobody asked for. */
export function withoutErasing(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: []): boolean =>
    stdout.write(typeof chunk === 'string' ? chunk.replaceAll(ERASE_SCROLLBACK, '') : chunk, ...rest);
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/**
 * Goes to the alternate screen.
 * @returns goes back; also done when the process ends by an error, once and without waiting for the stream
 */
export function enterScreen(): () => void {
  let isIn = true;
  const leave = (): void => {
    if (!isIn) return;
    isIn = false;
    process.off('exit', leave);
    try {
      writeSync(1, LEAVE);
    } catch {
      // The terminal went away (SIGHUP): there is nothing to put back.
    }
  };
  process.on('exit', leave);
  writeSync(1, ENTER);
  return leave;
}
