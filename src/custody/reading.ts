/** All three steps of a reading in one account, which then holds both keys: allowed, recorded alike, and said. */
import { EgressError } from '../core/error.js';
import type { Declared } from '../journal/state/statement.js';
import type { Keyring } from '../officers/keyring.js';
import { findBody } from './body-record.js';
import { draftStatement, type DraftPlace } from './draft-statement.js';
import { openBody, type OpenedBody } from './opened-body.js';
import { releaseBody, type Release, type ReleaseTask } from './release.js';

export const ONE_ACCOUNT = 'one account holds both keys: the split is not enforced here';

/** @throws as each of the steps */
export async function readBodyHere(
  seq: number,
  why: string,
  keyring: Keyring,
  place: DraftPlace,
  task: ReleaseTask,
): Promise<OpenedBody> {
  const { inner } = findBody(place.layout, seq);
  const request = draftStatement(place, 'body.read.intent', { body: seq, inner, why }, keyring);
  return await openOrReport(await releaseBody(request, task), keyring, place, task);
}

/** Opens; if that fails, the journal says so, since the intent stands there. @throws as `openBody` */
async function openOrReport(
  release: Pick<Release, 'inner' | 'proof'> & Partial<Release>,
  keyring: Keyring,
  place: DraftPlace,
  task: ReleaseTask,
): Promise<OpenedBody> {
  try {
    return await openBody(release, keyring, task);
  } catch (error) {
    const isDecided = error instanceof EgressError && ['BODY_SEALED', 'BODY_CHANGED'].includes(error.code);
    if (isDecided && release.intent !== undefined) {
      const failed = { intent: release.intent, outcome: 'failed' } as const;
      await task.handIn(draftStatement(place, 'body.read.outcome', failed, keyring));
    }
    throw error;
  }
}

/** @throws as `handIn` */
export async function reportOpened(
  { intent }: OpenedBody,
  keyring: Keyring,
  place: DraftPlace,
  task: ReleaseTask,
): Promise<Declared> {
  const fields = { intent: intent.seq, outcome: 'opened' } as const;
  return await task.handIn(draftStatement(place, 'body.read.outcome', fields, keyring));
}
