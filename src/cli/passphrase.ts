/** The passphrase of a keyring: from a file, from a descriptor, or typed unseen. Never an argument, which ps shows. */
import { closeSync, openSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import { fileSystem, readFully } from '../keys/file-system.js';
import { forbidMemoryReads } from '../system/memory.js';

const PASSPHRASE_CHARS_MAX = 1_024;
/** In UTF-8, with the end of the line. */
const FILE_BYTES_MAX = 4 * PASSPHRASE_CHARS_MAX + 2;
/** Enter ends the typing; Ctrl-C and Ctrl-D give it up. */
const ENDINGS: ReadonlySet<string> = new Set(['\r', '\n', '\u0003', '\u0004']);
const [BACKSPACE, DELETE, ESCAPE] = ['\b', '\u007f', '\u001b'];

/**
 * In this order: the file given, `EGRESS_PASSPHRASE_FILE`, the descriptor in `EGRESS_PASSPHRASE_FD`, the terminal.
 * @throws USAGE
 */
export async function readPassphrase(file: string | undefined, prompt: string): Promise<string> {
  // It, the keys that it opens and what they open are for no core dump.
  forbidMemoryReads();
  const named = file ?? process.env['EGRESS_PASSPHRASE_FILE'];
  if (named !== undefined && named !== '') return fromFile(named, named);
  const descriptor = process.env['EGRESS_PASSPHRASE_FD'];
  if (descriptor !== undefined && /^[0-9]{1,5}$/.test(descriptor)) {
    return fromFile(Number(descriptor), `descriptor ${descriptor}`);
  }
  if (process.stdin.isTTY && process.stderr.isTTY) return await typed(prompt);
  throw new EgressError('USAGE', 'a passphrase is needed, and there is no terminal to ask on', {
    hint: '--passphrase-file FILE names a file with it, EGRESS_PASSPHRASE_FD an open descriptor.',
  });
}

/** A new one is asked for twice. @throws USAGE */
export async function readNewPassphrase(file: string | undefined): Promise<string> {
  const first = await readPassphrase(file, 'Passphrase for the new keyring: ');
  const isTyped = file === undefined && !process.env['EGRESS_PASSPHRASE_FILE'] && !process.env['EGRESS_PASSPHRASE_FD'];
  if (isTyped && (await typed('Once more: ')) !== first) throw new EgressError('USAGE', 'the two are not the same');
  return first;
}

function fromFile(source: string | number, name: string): string {
  let text: string;
  try {
    text = readText(source);
  } catch (error) {
    throw new EgressError('USAGE', `cannot read the passphrase from ${name}: ${systemCode(error) ?? ''}`, {
      cause: error,
    });
  }
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase !== '' && passphrase.length <= PASSPHRASE_CHARS_MAX && !passphrase.includes('\n')) return passphrase;
  throw new EgressError(
    'USAGE',
    `${name} does not hold a passphrase: one line, not empty, at most ${PASSPHRASE_CHARS_MAX} characters`,
  );
}

/** What a file, a pipe or a device gives, but no more than a passphrase can be: a device may go on for ever. */
function readText(source: string | number): string {
  const fd = typeof source === 'number' ? source : openSync(source, 'r');
  try {
    return readFully(fileSystem, fd, FILE_BYTES_MAX).toString('utf8');
  } finally {
    if (source !== fd) closeSync(fd);
  }
}

function typed(prompt: string): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let text = '';
    // First: what somebody types on seeing the prompt, the terminal must not show.
    stdin.setRawMode(true);
    process.stderr.write(printable(prompt));
    stdin.setEncoding('utf8');
    const finish = (result?: string): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
      if (result === undefined) reject(new EgressError('USAGE', 'no passphrase was given'));
      else resolve(result);
    };
    const onData = (chunk: string): void => {
      // An arrow, a function key: nothing of it was meant.
      if (chunk.startsWith(ESCAPE)) return;
      for (const char of chunk) {
        if (ENDINGS.has(char)) {
          finish(char === '\r' || char === '\n' ? text : undefined);
          return;
        }
        if (char === BACKSPACE || char === DELETE) text = Array.from(text).slice(0, -1).join('');
        else if (text.length < PASSPHRASE_CHARS_MAX && char >= ' ') text += char;
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}
