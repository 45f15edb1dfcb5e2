/** A copy of one body for one reader: made by an officer who has read it, sealed by the custodian like the body itself. */
import { EgressError } from '../core/error.js';
import type { Declared, OfficerStatement } from '../journal/state/statement.js';
import { encryptTo } from '../officers/age.js';
import type { Keyring } from '../officers/keyring.js';
import type { OfficerCard } from '../officers/officer-card.js';
import { decodeFields } from '../officers/officer-statement.js';
import { findRecord } from '../report/stored/record-context.js';
import { bodyLayout, findBody, sha256 } from './body-record.js';
import { draftStatement, type DraftPlace } from './draft-statement.js';
import type { OpenedBody } from './opened-body.js';
import { sealCopy } from './outer-layer.js';
import type { ReleaseTask } from './release.js';

export interface Grant {
  readonly statement: OfficerStatement;
  /** Encrypted to the reader. */
  readonly copy: Uint8Array;
}

/** The officer's part. @throws STATEMENT_INVALID, KEY_INVALID */
export async function draftGrant(
  { bytes, intent }: OpenedBody,
  terms: { readonly reader: OfficerCard; readonly until: string; readonly why: string },
  keyring: Keyring,
  place: DraftPlace,
): Promise<Grant> {
  const { reader, until, why } = terms;
  const copy = await encryptTo([reader.recipient], bytes);
  const fields = { body: intent.body, read: intent.seq, inner: sha256(copy), reader: reader.line, until, why };
  return { statement: draftStatement(place, 'grant.add', fields, keyring), copy };
}

/**
 * The custodian's part: the copy is durable before the journal speaks of it. One that the journal then refuses is taken
 * away again; after a crash, or where nobody knows what was recorded, it stays, sealed and perhaps unknown.
 * @throws STATEMENT_INVALID, STATEMENT_REFUSED, BODY_CHANGED, BODY_MISSING, and as `handIn`
 */
export async function acceptGrant({ statement, copy }: Grant, task: ReleaseTask): Promise<Declared> {
  const fields = statement.kind === 'grant.add' ? decodeFields(statement.kind, statement.statement) : undefined;
  if (fields === undefined) throw new EgressError('STATEMENT_INVALID', 'this is no grant');
  if (sha256(copy) !== fields.inner) throw new EgressError('BODY_CHANGED', 'the copy is not the one that was signed');
  const body = findBody(task.layout, fields.body);
  const { view } = findRecord(task.layout.directory, fields.read);
  const read = view.kind === 'body.read.intent' ? view.integer('statement', 'body') : undefined;
  if (read !== body.seq) {
    throw new EgressError('STATEMENT_INVALID', `#${fields.read} is no reading of body #${body.seq}`);
  }
  const stored = await sealCopy(task, body.segment, copy);
  try {
    return await task.handIn({ ...statement, stored });
  } catch (error) {
    const isRefused = error instanceof EgressError && error.code === 'STATEMENT_REFUSED';
    if (isRefused) task.fs.unlinkSync(bodyLayout(task.layout).body(stored.segment, stored.outer));
    throw error;
  }
}
