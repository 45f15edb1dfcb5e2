import { EgressError } from '../core/error.js';

/** The journal is not what its writer left: nothing is added to it. */
export function damaged(what: string, cause?: unknown): EgressError {
  return new EgressError('JOURNAL_DAMAGED', `the journal is damaged: ${what}`, {
    hint: 'egress verify says where. Nothing is added to it; record into a new journal: --journal DIR',
    cause,
  });
}
