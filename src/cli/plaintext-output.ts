import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import { bodyContent, type BodyContent } from '../custody/body-content.js';
import type { OpenedBody } from '../custody/opened-body.js';
import type { JournalLayout } from '../journal/layout.js';

/** Of commands that give out what is in a body. */
export const plaintextFlags = {
  to: string({ description: 'New file for the plaintext; stdout if absent', helpValue: '<file>' }),
  raw: boolean({ description: 'A WebSocket as it went over the wire, instead of its messages' }),
};

interface PlaintextChoice {
  readonly to?: string | undefined;
  readonly raw: boolean;
}

/**
 * Writes a body that was opened: to stdout, or to a new file that its owner alone can read.
 * @throws USAGE
 */
export function writePlaintext(
  layout: JournalLayout,
  opened: OpenedBody,
  { to, raw }: PlaintextChoice,
): BodyContent['form'] {
  const { form, pieces }: BodyContent = raw ? { form: 'bytes', pieces: [opened.bytes] } : bodyContent(layout, opened);
  if (to !== undefined) writeNew(to, pieces);
  else for (const piece of pieces) process.stdout.write(process.stdout.isTTY ? shown(piece) : piece);
  return form;
}

function writeNew(file: string, pieces: Iterable<Uint8Array>): void {
  try {
    const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    for (const piece of pieces) for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
    closeSync(fd);
  } catch (error) {
    throw new EgressError('USAGE', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, { cause: error });
  }
}

/** A terminal obeys what a body holds, and whoever sent it knew that. */
function shown(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.map((line) => printable(line, { max: Number.MAX_SAFE_INTEGER })).join('\n');
}

/**
 * To be asked before a reading is journaled, so that one that could not be shown leaves no trace of a reading. With
 * `--json` stdout holds the answer.
 * @throws USAGE
 */
export function checkPlaintextChoice({ to }: PlaintextChoice, isJson: boolean): void {
  if (to === undefined) {
    if (isJson) throw new EgressError('USAGE', 'with --json the plaintext needs a file', { hint: '--to FILE' });
  } else if (existsSync(to)) {
    throw new EgressError('USAGE', `there is a ${to} already; nothing was read`, {
      hint: 'Name a new file with --to.',
    });
  }
}
