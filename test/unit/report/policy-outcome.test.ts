import { expect, it } from 'vitest';
import { RecordView } from '../../../src/event/record-view.js';
import { expectNone } from '../../../src/policy/parse-policy.js';
import { verdictOf } from '../../../src/report/model/verdict.js';
import { policyJudge } from '../../../src/report/policy-judge.js';
import { PolicyAssessment } from '../../../src/report/policy-outcome.js';
import { Rollup } from '../../../src/report/rollup/rollup.js';
import { SegmentContext } from '../../../src/report/rollup/segment-context.js';

const policy = expectNone();

/** A run with these records in it. */
function rollupOf(...records: readonly object[]): Rollup {
  const rollup = new Rollup();
  const run = { number: 1 };
  const observers = [
    { name: 'hooks', active: true },
    { name: 'kernel', active: true },
  ];
  const all = [
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
  assessment.add(rollup);
  return assessment.outcome();
}

it('is clean where every call is expected, and explained', () => {
  expect(outcomeOf(rollupOf(loopback()))).toMatchObject({ verdict: 'expected', fails: false, incomplete: [] });
  expect(outcomeOf(rollupOf(loopback('no_hooks')))).toMatchObject({ verdict: 'expected', incomplete: [] });
});

it.each(['no_connection', 'process_unseen', 'beneath_hooks', 'destination_changed'])(
  'is incomplete, and no report is all clear, where nothing explains a call: %s',
  (reason) => {
    const rollup = rollupOf(loopback(reason));
    expect(outcomeOf(rollup)).toMatchObject({ verdict: 'incomplete', fails: false });
    expect(verdictOf({ rollup, verification: undefined, policy }).reasons).toContainEqual(
      expect.objectContaining({ level: 'ATTENTION', query: { kind: 'net', because: reason } }),
    );
  },
);

it('is incomplete where the observers disagreed about a row afterwards', () => {
  const reconcile = { kind: 'reconcile', what: 'destination_changed', rows: [2] };
  expect(outcomeOf(rollupOf(loopback(), reconcile)).verdict).toBe('incomplete');
});
