import { expect, it } from 'vitest';
import { RecordView } from '../../../src/event/record-view.js';
import { expectNone } from '../../../src/policy/parse-policy.js';
import { journalVerdict, reasonQuery } from '../../../src/report/model/journal-verdict.js';
import { policyJudge } from '../../../src/report/policy/policy-judge.js';
import { PolicyAssessment } from '../../../src/report/policy/policy-outcome.js';
import { Rollup } from '../../../src/report/rollup/rollup.js';
import { SegmentContext } from '../../../src/report/rollup/segment-context.js';

const policy = expectNone();
const judging = { judge: policyJudge(policy), digest: policy.digest, policyFor: () => policy };

/** A run with these records in it. */
function rollupOf(...records: readonly object[]): Rollup {
  const rollup = new Rollup();
  const run = { number: 1 };
  const observers = [
    { name: 'hooks', active: true },
    { name: 'kernel', active: true },
  ];
  const all = [
    { kind: 'segment.open', segment: { number: 1, run: 1 } },
    { kind: 'run.open', run, observers },
    ...records,
    { kind: 'run.close', time: 't', run, exit: { code: 0 } },
  ];
  const context = new SegmentContext();
  for (const [at, record] of all.entries()) {
    const view = RecordView.decode(Buffer.from(JSON.stringify({ seq: at + 1, time: 't', ...record })));
    if (view !== undefined) rollup.add(view, context, policyJudge(policy));
  }
  return rollup;
}

const loopback = (reason?: string) => ({
  kind: 'net',
  network: { direction: 'egress', peer: { address: '127.0.0.1', port: 1 } },
  package: { name: 'shop' },
  event: { outcome: 'success' },
  egress: { channel: 'tcp', observer: reason === undefined ? 'both' : 'kernel', ...(reason && { reason }) },
});

function outcomeOf(rollup: Rollup) {
  const assessment = new PolicyAssessment(policy);
  assessment.add('j', rollup, journalVerdict({ rollup, verification: 'own', termsOf: () => policy }), judging);
  return assessment.outcome();
}

it('is clean where every call is expected, and explained', () => {
  for (const rollup of [rollupOf(loopback()), rollupOf(loopback('no_hooks'))]) {
    expect(outcomeOf(rollup)).toMatchObject({ conclusion: 'clean', verdict: { level: 'ALL_CLEAR', reasons: [] } });
  }
});

it.each(['no_connection', 'process_unseen', 'beneath_hooks', 'destination_changed'])(
  'is incomplete where nothing explains a call: %s',
  (reason) => {
    const { conclusion, verdict } = outcomeOf(rollupOf(loopback(reason)));
    expect(conclusion).toBe('incomplete');
    expect(verdict.level).toBe('ATTENTION');
    const [only] = verdict.reasons;
    expect(only && reasonQuery(only)).toEqual({ kind: 'net', because: reason });
  },
);

it('is incomplete where the observers disagreed about a row afterwards', () => {
  const reconcile = { kind: 'reconcile', what: 'destination_changed', rows: [2] };
  expect(outcomeOf(rollupOf(loopback(), reconcile)).conclusion).toBe('incomplete');
});
