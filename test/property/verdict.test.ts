/**
 * Verdicts against a naive reading of docs/VERDICTS.md, and every surface against every other: whatever stands in a
 * journal, run summary, report (text, JSON, Markdown, screen) and policy check say the same words.
 */
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHECK_EXIT, JUDGED_RUN_EXIT } from '../../src/cli/exit-code.js';
import { RecordView } from '../../src/event/record-view.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import { fleetText } from '../../src/report/fleet-text.js';
import { buildFleet } from '../../src/report/model/fleet.js';
import { journalVerdict } from '../../src/report/model/journal-verdict.js';
import { buildReport } from '../../src/report/model/report-model.js';
import { outcomeJson } from '../../src/report/policy/policy-json.js';
import { policyJudge } from '../../src/report/policy/policy-judge.js';
import { PolicyAssessment } from '../../src/report/policy/policy-outcome.js';
import { policyText } from '../../src/report/policy/policy-text.js';
import { reportJson } from '../../src/report/report-json.js';
import { reportMarkdown } from '../../src/report/report-markdown.js';
import { Rollup } from '../../src/report/rollup/rollup.js';
import { decodeRollup, encodeRollup } from '../../src/report/rollup/rollup-json.js';
import { SegmentContext } from '../../src/report/rollup/segment-context.js';
import { runSummaryText } from '../../src/report/run-summary.js';
import { ReportScreen } from '../../src/report/screen/report-screen.js';
import { unjudgedVerdict } from '../../src/report/policy/unjudged-run.js';
import { levelText } from '../../src/verdict/verdict-text.js';

const colour = new Chalk({ level: 0 });
const POLICY = await parsePolicy(
  'p.yaml',
  `version: 1
rules:
  - { id: good, to: "good.example:*", why: test }
  - { id: old, to: "old.example:*", why: test, expires: 2020-01-01 }
deny:
  - { id: bad, to: bad.example, why: test }
vendors:
  - { name: acme, to: ["*.acme.example"], declared: [{ to: "api.acme.example:443", methods: [GET] }] }
gaps:
  - { accept: io_uring, why: test }
`,
);
const JUDGING = { judge: policyJudge(POLICY), digest: POLICY.digest, policyFor: () => POLICY };
const HOSTS = ['good.example', 'old.example', 'odd.example', 'bad.example', 'x.acme.example', '127.0.0.1'] as const;

interface MadeRun {
  readonly hosts: readonly (typeof HOSTS)[number][];
  readonly caller: 'shop' | 'egress' | undefined;
  readonly because: 'beneath_hooks' | 'no_hooks' | undefined;
  readonly gap: 'io_uring' | 'hook_error' | undefined;
  readonly observers: readonly ('hooks' | 'kernel')[];
  readonly isCorrected: boolean;
  readonly hasEnd: boolean;
  readonly hasBroken: boolean;
}

const madeRuns: fc.Arbitrary<MadeRun> = fc.record({
  hosts: fc.array(fc.constantFrom(...HOSTS), { maxLength: 4 }),
  caller: fc.constantFrom('shop', 'shop', 'shop', 'egress', undefined),
  because: fc.constantFrom(undefined, undefined, 'no_hooks', 'beneath_hooks'),
  gap: fc.constantFrom(undefined, undefined, 'io_uring', 'hook_error'),
  observers: fc.constantFrom(['hooks', 'kernel'], ['hooks', 'kernel'], ['hooks'], []),
  isCorrected: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  hasEnd: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
  hasBroken: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
});

const time = '2026-10-20T12:04:05.001201Z';

function recordsOf(made: MadeRun, number: number): object[] {
  const { hosts, caller, because, gap, observers, isCorrected, hasEnd } = made;
  const run = { number };
  return [
    { kind: 'segment.open', segment: { number, run: number } },
    { kind: 'run.open', run, observers: observers.map((name) => ({ name, active: true })) },
    ...hosts.map((address) => ({
      kind: 'net',
      network: { direction: 'egress' },
      server: { address, port: 443 },
      ...(caller === undefined ? {} : { package: { name: caller } }),
      event: { outcome: 'success' },
      egress: { channel: 'https', observer: 'both', ...(because === undefined ? {} : { reason: because }) },
    })),
    ...(gap === undefined ? [] : [{ kind: 'gap', gap: { reason: gap, count: 2 } }]),
    ...(isCorrected ? [{ kind: 'reconcile', rows: [1] }] : []),
    ...(hasEnd ? [{ kind: 'run.close', run, exit: { code: 0 } }] : []),
  ];
}

/** Through the text of the cache, so that nothing of a verdict depends on whether a segment was counted just now. */
function rollupOf(runs: readonly MadeRun[]): Rollup {
  const whole = new Rollup();
  let seq = 0;
  for (const [at, made] of runs.entries()) {
    const context = new SegmentContext();
    const own = new Rollup();
    for (const record of recordsOf(made, at + 1)) {
      seq += 1;
      const view = RecordView.decode(Buffer.from(JSON.stringify({ seq, time, ...record })));
      if (view !== undefined) own.add(view, context, policyJudge(POLICY));
    }
    if (made.hasBroken) own.addBroken(context);
    whole.merge(decodeRollup(encodeRollup(own)));
  }
  return whole;
}

/** The page, read by somebody who has not seen the code. */
function naive(runs: readonly MadeRun[], isVerified: boolean): string {
  const some = (test: (run: MadeRun) => boolean): boolean => runs.some(test);
  const calls = (run: MadeRun, ...hosts: string[]): boolean => run.hosts.some((host) => hosts.includes(host));
  if (some((run) => calls(run, 'bad.example', 'x.acme.example'))) return 'ALARM';
  if (some(({ caller, hosts }) => caller === 'egress' && hosts.length > 0)) return 'ALARM';
  if (!isVerified || runs.length === 0) return 'NOT CHECKED';
  const isOdd = some(
    (run) =>
      calls(run, 'old.example', 'odd.example') ||
      run.gap === 'hook_error' ||
      (run.because === 'beneath_hooks' && run.hosts.length > 0) ||
      run.isCorrected ||
      !run.hasEnd ||
      run.hasBroken ||
      run.observers.length === 0,
  );
  if (isOdd) return 'ATTENTION';
  return some(({ observers }) => !observers.includes('kernel')) ? 'ALL CLEAR, HOOKS ONLY' : 'ALL CLEAR';
}

function unescape(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

test('a verdict is what the page says, and the same on every surface', () => {
  fc.assert(
    fc.property(fc.array(madeRuns, { maxLength: 3 }), fc.boolean(), (runs, isVerified) => {
      const rollup = rollupOf(runs);
      const verification = isVerified ? 'own' : undefined;
      const verdict = journalVerdict({ rollup, verification, termsOf: () => POLICY });
      const words = levelText(verdict);
      expect(words).toBe(naive(runs, isVerified));

      const model = { ...buildReport({ journal: 'j', rollup, verification: undefined, judging: JUDGING }), verdict };
      const assessment = new PolicyAssessment(POLICY);
      assessment.add('j', rollup, verdict, JUDGING);
      const outcome = assessment.outcome();
      const stage = { push() {}, pop() {}, changed() {}, say() {} };
      const unused = { open() {}, openRecord() {}, openTimes() {}, openRule() {}, command: () => false };
      const view = { model, status: undefined, newest: undefined, ...unused };
      const look = { columns: 200, rows: 60, colour, ascii: false, spoken: false };
      const summary = {
        ...{ run: 1, exitCode: 0, exit: { code: 0 }, calls: 0, inbound: 0, outbound: outcome.calls, unattributed: 0 },
        ...{ both: 0, kernelOnly: 0, unexplained: 0, noKernel: undefined, kernelLimits: [], self: 0, gaps: 0 },
        ...{ lost: 0, destinations: [], otherCalls: 0, failure: undefined, lostUnjournaled: 0, journal: 'j' },
        ...{ head: undefined, policy: outcome, verdict },
      };
      const line = (text: string): string | undefined =>
        text.split('\n').find((it) => /^[\s#]*[✗?!✓] (ALARM|NOT CHECKED|ATTENTION|ALL CLEAR)/.test(it));
      const said = [
        fleetText(buildFleet([model]), { colour, columns: 200 }),
        unescape(reportMarkdown(buildFleet([model]))),
        new ReportScreen(stage, view).body(look, 50).join('\n'),
        policyText(outcome, colour, 200),
        runSummaryText(summary, colour, { isTTY: true, columns: 200 }),
      ].map((text) => line(text)?.trim().replace(/^## /, ''));
      // But for the runs, which a summary of one run does not name.
      const answer = (text: string | undefined): string | undefined => text?.replace(/ \(runs? [0-9, ]+\)$/, '');
      expect(new Set(said.map(answer)).size, said.join('\n')).toBe(1);
      expect(said[0]).toMatch(new RegExp(`^[✗?!✓] ${words}   `));
      const level = words.replace(/ SO FAR|, HOOKS ONLY/g, '').replace(' ', '_');
      expect(reportJson(buildFleet([model]))).toMatchObject({ verdict: level, journals: [{ verdict: level }] });
      expect(outcomeJson(outcome)).toMatchObject({ verdict: level });

      const isClear = verdict.level === 'ALL_CLEAR';
      expect(CHECK_EXIT[outcome.conclusion] === 0).toBe(isClear);
      expect(JUDGED_RUN_EXIT[outcome.conclusion] === 0).toBe(isClear);
      expect(CHECK_EXIT[outcome.conclusion] === 1).toBe(JUDGED_RUN_EXIT[outcome.conclusion] === 120);
    }),
    { numRuns: 500 },
  );
});

test('without a policy, a recorder’s own counts give the level that a report gives', () => {
  fc.assert(
    fc.property(madeRuns, (made) => {
      const run = { ...made, hasEnd: true, hasBroken: false, observers: ['hooks'] as const };
      const rollup = new Rollup();
      const context = new SegmentContext();
      for (const [at, record] of recordsOf(run, 1).entries()) {
        const view = RecordView.decode(Buffer.from(JSON.stringify({ seq: at + 1, time, ...record })));
        if (view !== undefined) rollup.add(view, context, policyJudge(undefined));
      }
      const outbound = run.hosts.length;
      const counts = {
        ...{ run: 1, outbound, self: run.caller === 'egress' ? outbound : 0, unattributed: 0 },
        ...{ gaps: run.gap === undefined ? 0 : 1, lost: 2, unexplained: undefined, noKernel: 'x', failure: undefined },
      };
      const reported = journalVerdict({ rollup, verification: 'own', termsOf: () => undefined });
      expect(unjudgedVerdict(counts).level).toBe(reported.level);
    }),
  );
});
