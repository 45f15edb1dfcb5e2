/** The body that a record speaks of, and where its file lies. */
import { createHash } from 'node:crypto';
import { EgressError, systemCode } from '../core/error.js';
import type { RecordView } from '../event/record-view.js';
import { READ_FLAGS, readFully, type FileSystem } from '../keys/file-system.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import { BodyLayout } from '../officers/body-layout.js';
import { findRecord } from '../report/stored/record-context.js';

/** What is captured has a cap far below; a file that is longer is none of ours. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

export interface BodyRecord {
  readonly seq: number;
  readonly view: RecordView;
  readonly segment: number;
  readonly outer: string;
  readonly inner: string;
}

export const bodyLayout = ({ directory }: JournalLayout): BodyLayout => new BodyLayout(`${directory}/bodies`);

/**
 * @param seq of a `body.stored` or a `grant.add`
 * @throws RECORD_NOT_FOUND, and what reading the journal throws
 */
export function findBody(layout: JournalLayout, seq: number): BodyRecord {
  const { view } = findRecord(layout.directory, seq);
  const at = view.kind === 'grant.add' ? 'stored' : 'body';
  const segment = view.integer(at, 'segment');
  const outer = view.text(at, 'outer');
  const inner = view.kind === 'grant.add' ? view.text('statement', 'inner') : view.text(at, 'inner');
  const isBody = view.kind === 'body.stored' || view.kind === 'grant.add';
  // The name becomes part of a path: nothing but a hash may stand there.
  if (!isBody || segment === undefined || segment < 1 || !isHash(outer) || !isHash(inner)) {
    throw new EgressError('RECORD_NOT_FOUND', `record #${seq} is no stored body`, {
      hint: 'egress forensics list shows which there are.',
    });
  }
  return { seq, view, segment, outer, inner };
}

const isHash = (text: string | undefined): text is string => text !== undefined && /^[0-9a-f]{64}$/.test(text);

/** @throws BODY_MISSING, BODY_CHANGED if it is not the file that the record names */
export function readBody(fs: FileSystem, layout: JournalLayout, { seq, segment, outer }: BodyRecord): Uint8Array {
  const file = bodyLayout(layout).body(segment, outer);
  let fd: number;
  try {
    fd = fs.openSync(file, READ_FLAGS);
  } catch (error) {
    throw new EgressError('BODY_MISSING', `the body of #${seq} cannot be opened: ${systemCode(error) ?? ''}`, {
      hint: `It should be ${file}. A vacuum removes bodies with their segment.`,
      cause: error,
    });
  }
  try {
    const stat = fs.fstatSync(fd);
    const bytes = stat.isFile() && stat.size <= BODY_BYTES_MAX ? readFully(fs, fd, stat.size) : new Uint8Array();
    if (sha256(bytes) === outer) return bytes;
  } finally {
    fs.closeSync(fd);
  }
  throw new EgressError('BODY_CHANGED', `the file of body #${seq} is not the one that the journal names`, {
    hint: `Keep ${file} as it is, and find out who changed it: egress verify.`,
  });
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
