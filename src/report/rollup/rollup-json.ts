/** A rollup as text and back. What comes back may be damaged or made up: anything odd is no rollup. */
import { RecordView } from '../../event/record-view.js';
import { count as countCalls, countGap, type RunTally } from '../../verdict/run-tally.js';
import type { BodyEvent, BodyFacts } from './body-log.js';
import { CLASSES, emptySums, type CallClass, type CallSums, type Flow } from './flow.js';
import { Rollup, type GapTotals } from './rollup.js';
import type { RunFacts } from './run-log.js';
import type { RunTallies } from './run-tallies.js';

/** In the order in which an hour's cell has them. */
const SUMS = [
  ...(['calls', 'failed', 'sent', 'received'] as const),
  ...(['unsizedSent', 'unsizedReceived'] as const),
] satisfies readonly (keyof CallSums)[];

export function encodeRollup(rollup: Rollup): string {
  const keys = [...rollup.flows.keys()];
  const index = new Map(keys.map((key, at) => [key, at]));
  const { records, broken, self, first, last, lastSeq, loose } = rollup;
  return JSON.stringify({
    ...{ records, broken, self, first, last, lastSeq },
    flows: [...rollup.flows],
    hours: [...rollup.hours.cells].map(([hour, flows]) => [
      hour,
      [...flows].map(([key, cell]) => [index.get(key) ?? -1, ...SUMS.map((name) => cell[name])]),
    ]),
    runs: rollup.runs.all,
    tallies: rollup.tallies.all.map(encodeTally),
    gaps: [...rollup.gaps],
    bodies: rollup.bodies.facts,
    open: loose.open,
    ends: loose.ends.map((view) => view.toObject()),
  });
}

/** @throws a plain error for anything that `encodeRollup` did not write */
export function decodeRollup(text: string): Rollup {
  const data = JSON.parse(text) as Record<string, unknown>;
  const rollup = new Rollup();
  for (const name of ['records', 'broken', 'self', 'lastSeq'] as const) rollup[name] = count(data[name]);
  rollup.first = string(data['first']);
  rollup.last = string(data['last']);
  const keys: string[] = [];
  for (const [key, flow] of pairs(data['flows'])) {
    keys.push(string(key));
    rollup.flows.set(string(key), flowOf(object(flow)));
  }
  for (const [hour, cells] of pairs(data['hours'])) {
    for (const cell of list(cells)) {
      const [at, ...sums] = list(cell);
      const key = at === -1 ? '' : string(keys[count(at)]);
      rollup.hours.add(
        string(hour),
        key,
        sumsOf((_, index) => sums[index]),
      );
    }
  }
  for (const run of list(data['runs'])) rollup.runs.put(runOf(object(run)));
  for (const tally of list(data['tallies'])) decodeTally(object(tally), rollup.tallies);
  for (const [reason, totals] of pairs(data['gaps'])) rollup.gaps.set(string(reason), gapOf(object(totals)));
  rollup.bodies.merge(bodiesOf(object(data['bodies'])));
  const open = pairs(data['open']).map(([seq, call]) => {
    const { key, hour, sent, received } = object(call);
    const size = (bytes: unknown): number | undefined => (bytes === undefined ? undefined : count(bytes));
    return [count(seq), { key: string(key), hour: string(hour), sent: size(sent), received: size(received) }] as const;
  });
  const ends = list(data['ends']).map((end) => RecordView.decode(Buffer.from(JSON.stringify(end))) ?? bad());
  rollup.restoreLoose(open, ends);
  return rollup;
}

function flowOf(flow: Record<string, unknown>): Flow {
  const { direction, thirdParty, isRest, channel } = flow;
  if (direction !== 'egress' && direction !== 'ingress') return bad();
  if (typeof thirdParty !== 'boolean' || (isRest !== undefined && isRest !== true)) return bad();
  const text = (name: string): object => (flow[name] === undefined ? {} : { [name]: string(flow[name]) });
  return {
    direction,
    thirdParty,
    channel: string(channel),
    observer: string(flow['observer']),
    class: CLASSES.find((known): known is CallClass => known === flow['class']) ?? bad(),
    ...(isRest === undefined ? {} : { isRest }),
    ...(flow['port'] === undefined ? {} : { port: count(flow['port']) }),
    ...{ ...text('host'), ...text('package'), ...text('version'), ...text('program'), ...text('protocol') },
    ...{ ...text('because'), ...text('rule'), ...text('vendor') },
    ...sumsOf((name) => flow[name]),
    ...{ first: string(flow['first']), last: string(flow['last']), firstSeq: count(flow['firstSeq']) },
    ...(flow['askedBy'] === undefined ? {} : { askedBy: list(flow['askedBy']).map(string) }),
  };
}

function sumsOf(read: (name: keyof CallSums, index: number) => unknown): CallSums {
  const sums = emptySums();
  for (const [index, name] of SUMS.entries()) sums[name] = count(read(name, index));
  return sums;
}

function runOf(run: Record<string, unknown>): RunFacts {
  const text = (name: string): object => (run[name] === undefined ? {} : { [name]: string(run[name]) });
  const integer = (name: string): object => (run[name] === undefined ? {} : { [name]: count(run[name]) });
  return {
    number: count(run['number']),
    observers: list(run['observers']).map(string),
    ...{ ...text('command'), ...text('began'), ...text('ended'), ...text('exitSignal') },
    ...{ ...integer('args'), ...integer('exitCode'), ...integer('self') },
  };
}

const TALLY_COUNTS = [
  'outbound',
  'unexpected',
  'unjudged',
  'unattributed',
  'self',
  'bodiesWhileOff',
  'corrected',
  'unreadableLines',
] as const;
const TALLY_MAPS = ['alarms', 'expired', 'unexplained'] as const;

function encodeTally(tally: Readonly<RunTally>): object {
  const maps = TALLY_MAPS.map((name) => [name, [...tally[name]]] as const);
  return { ...tally, ...Object.fromEntries(maps), gaps: [...tally.gaps] };
}

/** A segment is of one run: what could be many runs in one is nothing that we wrote. */
function decodeTally(tally: Record<string, unknown>, into: RunTallies): void {
  const known = into.of(count(tally['number']));
  const { isSession, hasEnd, observers, policy, policyName } = tally;
  if (typeof isSession !== 'boolean' || typeof hasEnd !== 'boolean') bad();
  Object.assign(known, { isSession, hasEnd });
  if (observers !== undefined) known.observers = list(observers).map(string);
  if (policy !== undefined) known.policy = string(policy);
  if (policyName !== undefined) known.policyName = string(policyName);
  for (const name of TALLY_COUNTS) known[name] = count(tally[name]);
  for (const name of TALLY_MAPS) {
    for (const [subject, calls] of pairs(tally[name])) countCalls(known[name], string(subject), count(calls));
  }
  for (const [subject, gap] of pairs(tally['gaps'])) {
    const { records, lost } = object(gap);
    countGap(known.gaps, string(subject), { records: count(records), lost: count(lost) });
  }
}

function gapOf(gap: Record<string, unknown>): GapTotals {
  return { records: count(gap['records']), lost: count(gap['lost']), firstSeq: count(gap['firstSeq']) };
}

function bodiesOf({ captures, reads, grants, newest, stored }: Record<string, unknown>): BodyFacts {
  const { count: bodies, bytes } = object(stored);
  return {
    ...{ captures: list(captures).map(bodyEvent), reads: list(reads).map(bodyEvent) },
    ...{ grants: list(grants).map(bodyEvent), newest: list(newest).map(bodyEvent) },
    stored: { count: count(bodies), bytes: count(bytes) },
  };
}

const BODY_TEXTS = ['time', 'by', 'why', 'until', 'match', 'reader', 'outcome', 'ended', 'part', 'protocol'] as const;
const BODY_NUMBERS = ['body', 'net', 'endedBy'] as const;

function bodyEvent(value: unknown): BodyEvent {
  const event = object(value);
  const texts = BODY_TEXTS.filter((name) => event[name] !== undefined).map((name) => [name, string(event[name])]);
  const numbers = BODY_NUMBERS.filter((name) => event[name] !== undefined).map((name) => [name, count(event[name])]);
  return { ...(Object.fromEntries([...texts, ...numbers]) as object), seq: count(event['seq']) };
}

function bad(): never {
  throw new Error('not a rollup');
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : bad();
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : bad();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : bad();
}

function pairs(value: unknown): readonly (readonly [unknown, unknown])[] {
  return list(value).map((item) => [list(item)[0], list(item)[1]]);
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : bad();
}
