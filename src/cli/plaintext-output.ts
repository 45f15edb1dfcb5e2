import { closeSync, constants, existsSync, openSync, unlinkSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import { bodyContent, type BodyContent } from '../custody/body-content.js';
import type { OpenedBody } from '../custody/opened-body.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import { fileSystem, writeFully } from '../keys/file-system.js';

/** Of commands that give out what is in a body. */
export const plaintextFlags = {
  to: string({ description: 'New file for the plaintext; stdout if absent', helpValue: '<file>' }),
  raw: boolean({ description: 'A WebSocket as it went over the wire, instead of its messages' }),
};

const NEWLINE = 0x0a;

interface PlaintextChoice {
  readonly to?: string | undefined;
  readonly raw: boolean;
}

/**
 * Has a body opened, and writes it: to stdout, or to a new file that its owner alone can read. The file is made first:
 * one that cannot be made leaves no trace of a reading, and one that nothing came into goes again.
 * @throws USAGE, and what `open` and reading the journal throw
 */
export async function givePlaintext(
  { to, raw }: PlaintextChoice,
  layout: JournalLayout,
  open: () => Promise<OpenedBody>,
): Promise<{ readonly opened: OpenedBody; readonly form: BodyContent['form'] }> {
  const contentOf = (opened: OpenedBody): BodyContent =>
    raw ? { form: 'bytes', pieces: [opened.bytes] } : bodyContent(layout, opened);
  if (to === undefined) {
    const opened = await open();
    const { form, pieces } = contentOf(opened);
    let last: number | undefined = NEWLINE;
    for (const piece of pieces) {
      process.stdout.write(process.stdout.isTTY ? shown(piece) : piece);
      last = piece.at(-1) ?? last;
    }
    // What is said next begins a line of its own; a pipe gets the body and no more.
    if (process.stdout.isTTY && last !== NEWLINE) process.stdout.write('\n');
    return { opened, form };
  }
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const fd = attempt(to, () => openSync(to, flags, 0o600));
  let isEmpty = true;
  try {
    const opened = await open();
    const { form, pieces } = contentOf(opened);
    isEmpty = false;
    attempt(to, () => {
      for (const piece of pieces) writeFully(fileSystem, fd, piece);
    });
    return { opened, form };
  } finally {
    closeSync(fd);
    if (isEmpty) unlinkSync(to);
  }
}

function attempt<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new EgressError('USAGE', `cannot write ${file}: ${code}`, { cause: error });
  }
}

/** A terminal obeys what a body holds, and whoever sent it knew that. */
function shown(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.map((line) => printable(line, { max: Number.MAX_SAFE_INTEGER })).join('\n');
}

/** Asked first, before anybody has to type a passphrase. With `--json` stdout holds the answer. @throws USAGE */
export function checkPlaintextChoice({ to }: PlaintextChoice, isJson: boolean): void {
  if (to === undefined) {
    if (isJson) throw new EgressError('USAGE', 'with --json the plaintext needs a file', { hint: '--to FILE' });
  } else if (existsSync(to)) {
    throw new EgressError('USAGE', `there is a ${to} already; nothing was read`, {
      hint: 'Name a new file with --to.',
    });
  }
}
