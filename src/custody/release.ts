/**
 * The custodian's step of a reading. The order is all that matters: what could fail is tried before, then the reading is
 * appended, synced and signed, then read back and proven, and only then the outer layer comes off.
 */
import { EgressError } from '../core/error.js';
import type { Declared, OfficerStatement, Statement } from '../journal/state/statement.js';
import { decodeFields } from '../officers/officer-statement.js';
import { findBody, readBody, sha256 } from './body-record.js';
import { proveIntent, type ProofMeasure } from './intent-proof.js';
import { segmentKeys, stripOuter, type Custodian } from './outer-layer.js';

export interface Release {
  /** Encrypted to the officers, or to one reader. */
  readonly inner: Uint8Array;
  /** That the intent stands in the journal. */
  readonly proof: Uint8Array;
  /** `seq` of the intent. */
  readonly intent: number;
}

export interface ReleaseTask extends Custodian, ProofMeasure {
  /** Has the intent written and signed, by the recorder or in a session. */
  readonly handIn: (statement: Statement) => Promise<Declared>;
}

/**
 * What a crash leaves after each step:
 * 1. the body and the keys to it are there, and nothing was said: no reading;
 * 2. the intent is in the journal, under a head: it counts as read, though nothing was given out;
 * 3. the inner layer is in memory: as 2, and whoever asked may ask again.
 * @throws STATEMENT_INVALID, STATEMENT_REFUSED, RECORD_NOT_FOUND, BODY_MISSING, BODY_CHANGED, BODY_SEALED, PROOF_INVALID,
 * and as `handIn`
 */
export async function releaseBody(request: OfficerStatement, task: ReleaseTask): Promise<Release> {
  const asked = request.kind === 'body.read.intent' ? decodeFields(request.kind, request.statement) : undefined;
  if (asked === undefined) throw new EgressError('STATEMENT_INVALID', 'this file is no request to read a body');
  const body = findBody(task.layout, asked.body);
  if (body.inner !== asked.inner) {
    throw new EgressError('STATEMENT_INVALID', `the request is for another body than #${asked.body}`);
  }
  const outer = readBody(task.fs, task.layout, body);
  const keys = await segmentKeys(task, body.segment);
  const { seq } = await task.handIn(request);
  const proof = proveIntent(task.layout, seq, task);
  const inner = await stripOuter(keys, outer);
  if (sha256(inner) !== body.inner) {
    throw new EgressError('BODY_CHANGED', `what is inside the file of body #${body.seq} is another body`);
  }
  return { inner, proof, intent: seq };
}
