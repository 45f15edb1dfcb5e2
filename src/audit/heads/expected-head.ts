/** A head that the auditor kept elsewhere: the one thing that shows a cut end, or a whole history signed anew. */
import { decodeDecimal, decodeHex } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { decodeRoot, parseHead } from '../../journal/heads/checkpoint.js';
import type { Hash } from '../../journal/tree/tree-hasher.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { NOTE_BYTES_MAX, type Note } from '../../keys/note.js';

export interface ExpectedHead {
  /** Known if it came as a checkpoint. */
  readonly origin?: string;
  readonly size: number;
  readonly root: Hash;
  /** The whole note, which may carry cosignatures; known if it came as a checkpoint. */
  readonly note?: Note;
}

/**
 * Reads `--expect-head`: `SIZE:ROOT` (the root in base64 or hex, in full), or a file with that in it or with a
 * checkpoint. What is expected is the auditor's word, so a signature on it is not needed.
 * @throws USAGE; HEAD_INVALID for a file that holds no head; JOURNAL_UNREADABLE
 */
export function parseExpectedHead(argument: string): ExpectedHead {
  if (LOOKS_SHORT.test(argument)) {
    const head = parseShortHead(argument);
    if (head !== undefined) return head;
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
  // What `egress head > FILE` leaves.
  const short = parseShortHead(bytes.toString('latin1').replace(/\n$/, ''));
  if (short !== undefined) return short;
  try {
    return parseHead(bytes);
  } catch (error) {
    throw new EgressError('HEAD_INVALID', `${argument} is neither SIZE:ROOT nor a checkpoint`, {
      hint: 'egress head prints the one; egress head --out FILE writes the other.',
      cause: error,
    });
  }
}

const LOOKS_SHORT = /^([0-9]+):(.*)$/;

function parseShortHead(text: string): ExpectedHead | undefined {
  const [, sizeText = '', rootText = ''] = LOOKS_SHORT.exec(text) ?? [];
  const size = decodeDecimal(sizeText);
  const root = decodeHex(rootText)?.length === 32 ? rootText : decodeRoot(rootText);
  return size !== undefined && size > 0 && root !== undefined ? { size, root } : undefined;
}
