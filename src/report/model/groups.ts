/** Flows added up by what a reader asks for: by destination, by package, by hour. */
import { REST } from '../rollup/hours.js';
import { addTotals, emptyTotals, type Flow, type FlowIdentity, type FlowTotals } from '../rollup/flow.js';
import type { Rollup } from '../rollup/rollup.js';
import type { RecordQuery } from './record-query.js';

/** One line of a table, with the records behind its numbers. */
export interface Group extends Readonly<FlowTotals> {
  /** What the calls have in common, as recorded: not yet safe to print. */
  readonly host?: string;
  readonly port?: number;
  readonly channel?: string;
  readonly protocol?: string;
  readonly package?: string;
  readonly program?: string;
  readonly observer?: string;
  readonly because?: string;
  readonly version?: string;
  readonly rule?: string;
  readonly vendor?: string;
  /** `2026-10-20T12` or `2026-10-20`. */
  readonly time?: string;
  /** Stands for what is not told apart. */
  readonly isRest: boolean;
  readonly query: RecordQuery;
}

type Dimension = Exclude<keyof FlowIdentity, 'thirdParty' | 'isRest'>;

/** Groups the flows by the members named; the largest first. What `base` asks for is part of every group's query. */
export function groupFlows(
  flows: readonly Flow[],
  dimensions: readonly Dimension[],
  base: RecordQuery = {},
): readonly Group[] {
  const groups = new Map<string, { totals: FlowTotals; flow: Flow }>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.isRest, ...dimensions.map((name) => flow[name])]);
    const group = groups.get(key) ?? { totals: emptyTotals(), flow };
    groups.set(key, group);
    addTotals(group.totals, flow);
  }
  return [...groups.values()].map(({ totals, flow }) => groupOf(totals, flow, dimensions, base)).sort(byCalls);
}

function groupOf(totals: FlowTotals, flow: Flow, dimensions: readonly Dimension[], base: RecordQuery): Group {
  const isRest = flow.isRest === true;
  const common = Object.fromEntries(
    dimensions.filter((name) => flow[name] !== undefined).map((name) => [name, flow[name]]),
  );
  const asked = Object.fromEntries(
    dimensions.filter((name) => name !== 'port').map((name) => [name, flow[name] ?? '']),
  );
  const port = dimensions.includes('port') && flow.port !== undefined ? { port: flow.port } : {};
  const query = isRest ? { direction: flow.direction, class: flow.class } : { ...asked, ...port };
  // Of calls by several packages it would be one of them that was asked for.
  if (isRest || !dimensions.includes('package')) delete totals.askedBy;
  return { ...totals, ...common, isRest, query: { kind: 'net', ...base, ...query } };
}

function byCalls(a: Group, b: Group): number {
  return b.calls - a.calls || a.firstSeq - b.firstSeq;
}

/** Traffic over time, the oldest first. @param digits 13 for hours, 10 for days */
export function groupTimes(
  rollup: Rollup,
  digits: 10 | 13,
  accept: (flow: Flow) => boolean = () => true,
  base: RecordQuery = {},
): readonly Group[] {
  const groups = new Map<string, FlowTotals>();
  for (const [hour, cells] of rollup.hours.cells) {
    const time = hour.slice(0, digits);
    for (const [key, cell] of cells) {
      const flow = rollup.flows.get(key);
      if (flow !== undefined && !accept(flow)) continue;
      const totals = groups.get(time) ?? emptyTotals();
      groups.set(time, totals);
      addTotals(totals, { ...emptyTotals(), ...cell });
    }
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([time, totals]) => ({
      ...totals,
      ...(time === REST ? {} : { time }),
      isRest: time === REST,
      query: { kind: 'net', ...base, ...(time === REST ? {} : { time }) },
    }));
}

/** All in one line. */
export function totalOf(flows: readonly Flow[]): FlowTotals {
  const totals = emptyTotals();
  for (const flow of flows) addTotals(totals, flow);
  return totals;
}
