/** Which runs have ended, and which were interrupted. */
import { fields, type Fields } from '../fields.js';
import type { Limit, SeqRange } from '../finding.js';
import { isSignedInTime, type FoundHead, type WalkedEpoch } from '../heads/signed-files.js';
import type { Walk } from '../segments/tree-walk.js';

/**
 * A run ends with a `run.close` under a head by the run key that was in force then. A later head is not enough: the
 * chain needs no key, so whoever could write to the journal after a crash could have put that record there.
 */
export function checkRuns(walk: Walk, heads: readonly FoundHead[], epochs: readonly WalkedEpoch[]): Limit[] {
  const closed = new Set<unknown>();
  const runs = new Map<number, SeqRange>();
  let newest: number | undefined;
  for (const { control, first, last } of walk.segments) {
    for (const { kind, seq, record } of control) {
      const ended = endedRun(kind, record);
      if (ended !== undefined && isSignedInTime(seq, heads, epochs)) closed.add(ended);
      const run = kind === 'segment.open' ? fields(record, 'segment')['run'] : undefined;
      if (typeof run !== 'number') continue;
      runs.set(run, [runs.get(run)?.[0] ?? first, last]);
      newest = run;
    }
  }
  return [...runs]
    .filter(([run]) => !closed.has(run))
    .map(([run, records]): Limit => {
      if (run !== newest) return { code: 'INTERRUPTED', message: `run ${run} was interrupted`, run, records };
      return {
        code: 'RUN_OPEN',
        message: `run ${run} has not ended: it is being recorded, or was interrupted`,
        run,
        records,
      };
    });
}

/** A session, which is a run without a program, ends like one. */
function endedRun(kind: string, record: Fields): unknown {
  if (kind === 'run.close') return fields(record, 'run')['number'];
  return kind === 'session.close' ? fields(record, 'session')['run'] : undefined;
}

/**
 * Epochs that another one followed before they had a record. Whoever has the resume key can cut off all that its epoch
 * signed, and go on from there; but the epoch itself he cannot take away.
 */
export function emptyEpochs(epochs: readonly WalkedEpoch[]): Limit[] {
  const empty = epochs.filter(({ size }, at) => epochs[at + 1]?.size === size);
  if (empty.length === 0) return [];
  const numbers = empty.slice(0, 10).map(({ number }) => number);
  const more = empty.length > numbers.length ? ` and ${empty.length - numbers.length} more` : '';
  const which = `${empty.length === 1 ? 'epoch' : 'epochs'} ${numbers.join(', ')}${more}`;
  const message = `${which} without a record: a run that failed at its start, or that was cut off whole`;
  return [{ code: 'EPOCH_EMPTY', message }];
}
