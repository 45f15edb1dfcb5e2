/** What keeps a reader from saying "nothing else happened": the same for the report's verdict and for a policy's. */
import { UNEXPLAINED } from '../../event/net-record.js';
import type { Policy } from '../../policy/policy.js';
import { countText } from '../quantity-text.js';
import type { Rollup } from '../rollup/rollup.js';
import { totalOf } from './groups.js';
import type { RecordQuery } from './record-query.js';

export interface Hole {
  /** Without a full stop. May hold a reason as recorded: not yet safe to print. */
  readonly text: string;
  /** Records that it is about. */
  readonly query?: RecordQuery;
}

/** What a policy says of holes: which are accepted, and who has to have looked. */
export type Terms = Pick<Policy, 'gaps' | 'observers'>;

const UNEXPLAINED_TEXTS: Readonly<Record<string, string>> = {
  no_connection: 'hooks told of what the kernel never saw',
  process_unseen: 'in a process that the kernel observer never saw',
  beneath_hooks: 'the kernel saw what the hooks did not: native code, or removed hooks',
  destination_changed: 'it went elsewhere than it was asked to go',
};

/** @param terms undefined where there is no policy: then no gap is accepted and no observer required */
export function holesOf(rollup: Rollup, terms: Terms | undefined): readonly Hole[] {
  return [...gaps(rollup, terms), ...unexplained(rollup), ...unobserved(rollup, terms)];
}

function gaps({ gaps: recorded, broken }: Rollup, terms: Terms | undefined): Hole[] {
  const accepted = new Set(terms?.gaps.map(({ reason }) => reason));
  const holes = [...recorded]
    .filter(([reason]) => !accepted.has(reason))
    .map(([reason, { records, lost }]): Hole => {
      return {
        text: `${countText(records, 'gap')}: ${reason} (${lost} lost or unseen)`,
        query: { kind: 'gap', reason },
      };
    });
  return broken > 0 ? [...holes, { text: `${countText(broken, 'line')} could not be read` }] : holes;
}

function unexplained({ flows, reconciled }: Rollup): Hole[] {
  const holes = [...UNEXPLAINED].flatMap((because): Hole[] => {
    const { calls } = totalOf([...flows.values()].filter((flow) => flow.because === because));
    const text = `${countText(calls, 'call')}: ${UNEXPLAINED_TEXTS[because] ?? because}`;
    return calls > 0 ? [{ text, query: { kind: 'net', because } }] : [];
  });
  if (reconciled === 0) return holes;
  const text = `${countText(reconciled, 'correction')} of rows that were written already`;
  return [...holes, { text, query: { kind: 'reconcile' } }];
}

function unobserved({ runs }: Rollup, terms: Terms | undefined): Hole[] {
  return [...new Set(terms?.observers)].flatMap((observer): Hole[] => {
    const without = runs.all.filter(({ observers }) => !observers.includes(observer)).length;
    const text = `${countText(without, 'run')} without the ${observer} observer, which the policy requires`;
    return without > 0 ? [{ text }] : [];
  });
}
