/** A head that the auditor kept elsewhere: the one thing that shows a cut end, or a whole history signed anew. */
import { decodeDecimal, decodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { decodeRoot, parseHead } from '../journal/checkpoint.js';
import type { Hash } from '../journal/tree-hasher.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { NOTE_BYTES_MAX, type Note } from '../keys/note.js';

export interface ExpectedHead {
  /** Known if it came as a checkpoint. */
  readonly origin?: string;
  readonly size: number;
  readonly root: Hash;
  /** The whole note, which may carry cosignatures; known if it came as a checkpoint. */
  readonly note?: Note;
}

/**
 * Reads `--expect-head`: `SIZE:ROOT` (the root in base64 or hex, in full) or a checkpoint file. What is expected is
 * the auditor's word, so a signature on it is not needed.
 * @throws USAGE; HEAD_INVALID for a file that is no checkpoint; JOURNAL_UNREADABLE
 */
export function parseExpectedHead(argument: string): ExpectedHead {
  const match = /^([0-9]+):(.*)$/.exec(argument);
  if (match !== null) {
    const size = decodeDecimal(match[1] ?? '');
    const text = match[2] ?? '';
    const root = decodeHex(text)?.length === 32 ? text : decodeRoot(text);
    if (size !== undefined && size > 0 && root !== undefined) return { size, root };
    throw new EgressError('USAGE', 'not a head: it is SIZE:ROOT, with the whole root in base64 or hex', {
      hint: 'egress head prints one.',
    });
  }
  const bytes = readSmallFile(fileSystem, argument, NOTE_BYTES_MAX);
  if (bytes === undefined) {
    throw new EgressError('USAGE', `neither SIZE:ROOT nor a head file: ${argument}`, {
      hint: 'egress head prints the one; egress head --out FILE writes the other.',
    });
  }
  try {
    return parseHead(bytes);
  } catch (error) {
    throw new EgressError('HEAD_INVALID', `${argument} is not a checkpoint`, { cause: error });
  }
}
