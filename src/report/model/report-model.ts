/** All that a report says, as data: the renderers for terminal, text, JSON and Markdown show this and nothing else. */
import type { Finding, Limit } from '../../audit/finding.js';
import type { Verification } from '../../audit/verification.js';
import { policyName, whatIfRuns, type Judging } from '../policy/judging.js';
import type { Verdict } from '../../verdict/verdict.js';
import type { BodyFacts } from '../rollup/body-log.js';
import type { CallClass, Flow } from '../rollup/flow.js';
import type { Rollup } from '../rollup/rollup.js';
import type { RunFacts } from '../rollup/run-log.js';
import type { Chip } from './chip.js';
import { chipsOf } from './chips.js';
import { groupFlows, groupTimes, totalOf, type Group } from './groups.js';
import type { RecordQuery } from './record-query.js';
import { journalVerdict, runVerdicts } from './journal-verdict.js';

/** A number at the top, and the records that it counts. */
interface Card {
  readonly name: string;
  readonly value: number;
  readonly query?: RecordQuery;
}

interface GapGroup {
  readonly reason: string;
  readonly records: number;
  readonly lost: number;
  readonly query: RecordQuery;
}

export interface ReportModel {
  readonly journal: string;
  /** The runs that the report is about, the oldest first. */
  readonly runs: readonly RunFacts[];
  readonly runCount: number;
  readonly records: number;
  /** Times of the first and the newest record; empty where there is none. */
  readonly from: string;
  readonly to: string;
  readonly verdict: Verdict;
  /** Of each run by itself, by its number. */
  readonly runVerdicts: ReadonlyMap<number, Verdict>;
  /** Name of the policy that judges, or a word for several; undefined where there is none. */
  readonly policy: string | undefined;
  /** Runs that are judged by another policy than the one that they were recorded under. */
  readonly whatIf: readonly number[];
  readonly chips: readonly Chip[];
  readonly verification: Verification | undefined;
  readonly cards: readonly Card[];
  /** Outbound calls by destination; those that need a decision, alarms first, apart from the others. */
  readonly unexpected: readonly Group[];
  readonly expected: readonly Group[];
  /** All of them, one group each, whoever called and whatever is said of it. */
  readonly destinations: readonly Group[];
  readonly packages: readonly Group[];
  readonly channels: readonly Group[];
  readonly inbound: readonly Group[];
  readonly vendors: readonly Group[];
  readonly thirdParty: readonly Group[];
  readonly hours: readonly Group[];
  readonly days: readonly Group[];
  /** Calls by who saw them, and why another observer did not. */
  readonly observers: readonly Group[];
  readonly gaps: readonly GapGroup[];
  readonly bodies: BodyFacts;
  readonly findings: readonly Finding[];
  readonly limits: readonly Limit[];
  readonly notShown: readonly string[];
}

export interface ReportInput {
  readonly journal: string;
  readonly rollup: Rollup;
  /** Undefined where the journal was not verified. */
  readonly verification: Verification | undefined;
  /** By which policies the runs are judged. */
  readonly judging: Judging;
  /** Whether somebody records the newest run right now. */
  readonly isRecorded?: boolean;
}

const DESTINATION = ['host', 'port', 'channel', 'protocol'] as const;

export function buildReport({ journal, rollup, verification, judging, isRecorded = false }: ReportInput): ReportModel {
  const evidence = {
    rollup,
    verification,
    termsOf: ({ policy }: { policy: string | undefined }) => judging.policyFor(policy),
    isRecorded,
  };
  const flows = [...rollup.flows.values()];
  const outbound = flows.filter(({ direction }) => direction === 'egress');
  const isDecided = ({ class: callClass }: Flow): boolean => callClass !== 'unexpected' && callClass !== 'alarm';
  const egress = { direction: 'egress' } as const;
  return {
    journal,
    runs: rollup.runs.all,
    runCount: rollup.runs.count,
    records: rollup.records,
    from: rollup.first,
    to: rollup.last,
    verdict: journalVerdict(evidence),
    runVerdicts: runVerdicts(evidence),
    policy: policyName(judging, rollup.tallies.all),
    whatIf: whatIfRuns(judging, rollup.tallies.all),
    chips: chipsOf(rollup, verification),
    verification,
    cards: cardsOf(flows),
    unexpected: (['alarm', 'unexpected'] as const).flatMap((callClass) => {
      const flows = outbound.filter((flow) => flow.class === callClass);
      return groupFlows(flows, [...DESTINATION, 'package', 'version', 'program', 'class', 'rule'], egress);
    }),
    expected: groupFlows(outbound.filter(isDecided), [...DESTINATION, 'class', 'rule'], egress),
    destinations: groupFlows(outbound, DESTINATION, egress),
    packages: groupFlows(outbound, ['package', 'version', 'program'], egress),
    channels: groupFlows(flows, ['channel', 'direction']),
    inbound: groupFlows(
      flows.filter(({ direction }) => direction === 'ingress'),
      DESTINATION,
      { direction: 'ingress' },
    ),
    vendors: groupFlows(
      outbound.filter(({ vendor }) => vendor !== undefined),
      ['vendor', ...DESTINATION],
      egress,
    ),
    thirdParty: groupFlows(
      outbound.filter(({ thirdParty }) => thirdParty),
      ['package', 'version', 'host', 'port'],
      { ...egress, thirdParty: true },
    ),
    hours: groupTimes(rollup, 13),
    days: groupTimes(rollup, 10),
    observers: groupFlows(flows, ['observer', 'because']),
    gaps: [...rollup.gaps].map(([reason, { records, lost }]) => ({
      ...{ reason, records, lost },
      query: { kind: 'gap', reason },
    })),
    bodies: rollup.bodies.facts,
    findings: verification?.findings ?? [],
    limits: verification?.limits ?? [],
    notShown: notShown(verification, rollup.bodies.facts.stored.count),
  };
}

function cardsOf(flows: readonly Flow[]): readonly Card[] {
  const outbound = flows.filter(({ direction }) => direction === 'egress');
  const count = (list: readonly Flow[], accept: (flow: Flow) => boolean): number => totalOf(list.filter(accept)).calls;
  const isJudged = flows.some((flow) => flow.class !== 'unjudged');
  const byClass = (name: string, value: number, callClass: CallClass): readonly Card[] =>
    isJudged ? [{ name, value, query: { kind: 'net', class: callClass } }] : [];
  const destinations = new Set(
    outbound.map(({ host, port, channel, isRest }) => JSON.stringify([host, port, channel, isRest])),
  );
  const alarms = count(outbound, (flow) => flow.class === 'alarm');
  const vendor = count(outbound, (flow) => flow.vendor !== undefined);
  return [
    { name: 'Calls', value: totalOf(flows).calls, query: { kind: 'net' } },
    { name: 'Outbound', value: totalOf(outbound).calls, query: { kind: 'net', direction: 'egress' } },
    ...byClass(
      'Expected',
      count(flows, (flow) => flow.class === 'expected'),
      'expected',
    ),
    ...byClass(
      'Unexpected',
      count(flows, (flow) => flow.class === 'unexpected'),
      'unexpected',
    ),
    ...(alarms === 0 ? [] : byClass('Alarm', alarms, 'alarm')),
    ...(vendor === 0
      ? []
      : [{ name: 'Vendor', value: vendor, query: { kind: 'net', direction: 'egress', vendors: true } } as const]),
    {
      name: 'Third party',
      value: count(outbound, (flow) => flow.thirdParty),
      query: { kind: 'net', direction: 'egress', thirdParty: true },
    },
    { name: 'Failed', value: totalOf(flows).failed, query: { failed: true } },
    { name: 'Destinations', value: destinations.size },
  ];
}

/** Said whatever the verdict: what nobody may take this report for. */
function notShown(verification: Verification | undefined, bodies: number): readonly string[] {
  const always = [
    'that hosts, paths and packages are true: the hooks in the program reported them',
    `what was sent: no record holds a body${bodies > 0 ? '; those that were captured lie sealed beside the records' : ''}`,
  ];
  if (verification === undefined || verification.verdict === 'NOT_CHECKED') {
    return ['that the journal was not altered: it was not verified', ...always];
  }
  return [...verification.notShown, ...always];
}
