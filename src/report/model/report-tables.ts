/** The tables of a report: the same in the terminal, as text and as Markdown. Each row knows the records it counts. */
import { printable } from '../../core/printable.js';
import { LEVEL_GLYPHS, levelText } from '../../verdict/verdict-text.js';
import type { Verdict } from '../../verdict/verdict.js';
import { countText } from '../text/quantity-text.js';
import type { Column } from '../text/table.js';
import {
  barText,
  bucketText,
  dependentsText,
  destinationText,
  inboundText,
  momentText,
  packageText,
} from './group-text.js';
import type { Group } from './groups.js';
import { receivedText, sentText } from './sizes.js';
import type { RecordQuery } from './record-query.js';
import type { ReportModel } from './report-model.js';

interface TableRow {
  /** As they may be printed. */
  readonly cells: readonly string[];
  readonly query?: RecordQuery;
}

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  /** What it means that there are no rows. */
  readonly none: string;
}

const CALLS: Column = { title: 'Calls', align: 'right' };
const SENT: Column = { title: 'Sent', align: 'right' };
const RECEIVED: Column = { title: 'Received', align: 'right', spare: true };
const PACKAGE: Column = { title: 'Package', align: 'left', max: 28 };
const ASKED_BY: Column = { title: 'Asked by', align: 'left', max: 40, spare: true };
const BAR_CELLS = 20;
const BAR: Column = { title: '', align: 'left', max: BAR_CELLS, spare: true };

const sizes = (group: Group): readonly string[] => [sentText(group), receivedText(group)];
const numbers = (group: Group): readonly string[] => [String(group.calls), ...sizes(group)];

function tableOf(
  title: string,
  none: string,
  columns: readonly Column[],
  groups: readonly Group[],
  cells: (group: Group) => readonly string[],
): ReportTable {
  return { title, none, columns, rows: groups.map((group) => ({ cells: cells(group), query: group.query })) };
}

/** Who depends on the packages; no column where no record says it. */
function askedByColumn(groups: readonly Group[]): {
  readonly columns: readonly Column[];
  readonly cells: (group: Group) => readonly string[];
} {
  if (groups.every(({ askedBy }) => askedBy === undefined)) return { columns: [], cells: () => [] };
  return { columns: [ASKED_BY], cells: ({ askedBy }) => [askedBy === undefined ? '' : dependentsText(askedBy)] };
}

function ruleText({ rule, vendor }: Group): string {
  return [rule, vendor].flatMap((name) => (name === undefined ? [] : [printable(name, { max: 64 })])).join(' ');
}

/** Destinations that need a decision. */
export function unexpectedTable({ unexpected }: ReportModel): ReportTable {
  const askedBy = askedByColumn(unexpected);
  const columns: readonly Column[] = [
    { title: 'Destination', align: 'left', grows: true },
    ...[CALLS, SENT, { title: 'First recorded', align: 'left', spare: true } as const, PACKAGE],
    ...askedBy.columns,
  ];
  return tableOf('Unexpected', 'Nothing: the policy expects every outbound call.', columns, unexpected, (group) => [
    `${group.query.class === 'alarm' ? '✗' : '!'} ${destinationText(group)}`,
    String(group.calls),
    sentText(group),
    momentText(group.first),
    packageText(group),
    ...askedBy.cells(group),
  ]);
}

/** All other destinations; without a policy that is all of them. */
export function destinationTable({ expected, policy }: ReportModel): ReportTable {
  const title = policy === undefined ? 'Destinations' : 'Expected';
  const last: readonly Column[] = policy === undefined ? [] : [{ title: 'Rule', align: 'left', max: 24 }];
  const columns: readonly Column[] = [
    { title: 'Destination', align: 'left', grows: true },
    ...[CALLS, SENT, RECEIVED, ...last],
  ];
  const none = `None: no outbound call ${policy === undefined ? 'is recorded' : 'that the policy expects'}.`;
  return tableOf(title, none, columns, expected, (group) => [
    destinationText(group),
    ...numbers(group),
    ...(policy === undefined ? [] : [ruleText(group)]),
  ]);
}

/** @param cell of the bar; empty for none */
export function packageTable({ packages }: ReportModel, cell: string): ReportTable {
  const all = packages.reduce((sum, { calls }) => sum + calls, 0);
  const askedBy = askedByColumn(packages);
  const columns: readonly Column[] = [
    { title: 'Package', align: 'left', grows: true },
    ...[CALLS, { title: 'Share', align: 'right' } as const],
    ...(cell === '' ? [] : [BAR]),
    ...[SENT, RECEIVED, ...askedBy.columns],
  ];
  return tableOf('Traffic by package', 'None: no outbound call is recorded.', columns, packages, (group) => [
    packageText(group),
    String(group.calls),
    `${Math.round((group.calls / Math.max(1, all)) * 100)}%`,
    ...(cell === '' ? [] : [barText(group.calls, all, BAR_CELLS, cell)]),
    ...[...sizes(group), ...askedBy.cells(group)],
  ]);
}

export function channelTable({ channels }: ReportModel): ReportTable {
  const columns: readonly Column[] = [{ title: 'Channel', align: 'left', grows: true }, CALLS, SENT, RECEIVED];
  return tableOf('Traffic by channel', 'None.', columns, channels, (group) => {
    const direction = group.query.direction === 'ingress' ? 'inbound' : 'outbound';
    const name = group.isRest ? 'others' : printable(group.channel ?? '?', { max: 16 });
    return [`${name}, ${direction}`, ...numbers(group)];
  });
}

export function timeTable(model: Pick<ReportModel, 'hours' | 'days'>, by: 'hours' | 'days', cell: string): ReportTable {
  const groups = model[by];
  const most = Math.max(0, ...groups.map(({ calls }) => calls));
  const columns: readonly Column[] = [
    { title: by === 'hours' ? 'Hour' : 'Day', align: 'left', max: 24 },
    CALLS,
    ...(cell === '' ? [] : [BAR]),
    ...[SENT, RECEIVED],
  ];
  return tableOf(`Traffic by ${by === 'hours' ? 'hour' : 'day'}`, 'None.', columns, groups, (group) => [
    bucketText(group),
    String(group.calls),
    ...(cell === '' ? [] : [barText(group.calls, most, BAR_CELLS, cell)]),
    ...sizes(group),
  ]);
}

/** Where the traffic went, in all: each destination once. */
export function trafficTable({ destinations }: ReportModel): ReportTable {
  const columns: readonly Column[] = [{ title: 'Destination', align: 'left', grows: true }, CALLS, SENT, RECEIVED];
  return tableOf('Traffic by destination', 'None: no outbound call is recorded.', columns, destinations, (group) => [
    destinationText(group),
    ...numbers(group),
  ]);
}

export function inboundTable({ inbound }: ReportModel): ReportTable {
  const columns: readonly Column[] = [{ title: 'From', align: 'left', grows: true }, CALLS, SENT, RECEIVED];
  return tableOf('Inbound', 'None: nothing called the program.', columns, inbound, (group) => [
    inboundText(group),
    ...numbers(group),
  ]);
}

export function vendorTable({ vendors }: ReportModel): ReportTable {
  const columns: readonly Column[] = [
    { title: 'Vendor', align: 'left', max: 24 },
    { title: 'Destination', align: 'left', grows: true },
    ...[CALLS, SENT, RECEIVED],
  ];
  return tableOf('Vendor-bound', 'None, or the policy names no vendor to watch.', columns, vendors, (group) => [
    printable(group.vendor ?? '?', { max: 64 }),
    destinationText(group),
    ...numbers(group),
  ]);
}

export function thirdPartyTable({ thirdParty }: ReportModel): ReportTable {
  const askedBy = askedByColumn(thirdParty);
  const columns: readonly Column[] = [
    PACKAGE,
    { title: 'Destination', align: 'left', grows: true },
    ...[CALLS, SENT, RECEIVED, ...askedBy.columns],
  ];
  const none = 'None: no package from node_modules made an outbound call.';
  return tableOf('Packages from node_modules', none, columns, thirdParty, (group) => [
    packageText(group),
    destinationText(group),
    ...[...numbers(group), ...askedBy.cells(group)],
  ]);
}

const OBSERVERS: Readonly<Record<string, string>> = {
  both: 'hooks and kernel',
  hooks: 'hooks alone',
  kernel: 'kernel alone',
};

/** Who saw the calls; a reason stands where one of two active observers did not. */
export function observerTable({ observers }: ReportModel): ReportTable {
  const columns: readonly Column[] = [
    { title: 'Seen by', align: 'left', max: 20 },
    { title: 'Reason', align: 'left', grows: true },
    ...[CALLS, SENT, RECEIVED],
  ];
  return tableOf('Observers', 'None: no call is recorded.', columns, observers, (group) => [
    OBSERVERS[group.observer ?? ''] ?? '?',
    printable(group.because ?? '', { max: 40 }),
    ...numbers(group),
  ]);
}

export function gapTable({ gaps }: ReportModel): ReportTable {
  return {
    title: 'Gaps',
    none: 'None: the observers reported nothing that they could not record.',
    columns: [
      { title: 'Reason', align: 'left', grows: true },
      { title: 'Records', align: 'right' },
      { title: 'Not recorded', align: 'right' },
    ],
    rows: gaps.map(({ reason, records, lost, query }) => ({
      cells: [printable(reason, { max: 40 }), String(records), String(lost)],
      query,
    })),
  };
}

export function runTable({ runs, runVerdicts }: ReportModel): ReportTable {
  return {
    title: 'Runs',
    none: 'None.',
    columns: [
      { title: 'Run', align: 'right' },
      { title: 'Verdict', align: 'left' },
      { title: 'Program', align: 'left', grows: true },
      { title: 'Began', align: 'left', spare: true },
      { title: 'Ended', align: 'left' },
    ],
    rows: runs.toReversed().map((run) => ({
      cells: [
        String(run.number),
        runVerdictText(runVerdicts.get(run.number)),
        commandText(run),
        momentText(run.began ?? ''),
        endText(run),
      ],
      query: { run: run.number },
    })),
  };
}

function runVerdictText(verdict: Verdict | undefined): string {
  return verdict === undefined ? '?' : `${LEVEL_GLYPHS[verdict.level]} ${levelText(verdict)}`;
}

export function commandText({ command, args = 0 }: ReportModel['runs'][number]): string {
  const name = printable(command ?? '?', { max: 255 });
  return args === 0 ? name : `${name} with ${countText(args, 'argument')}`;
}

function endText({ ended, exitCode, exitSignal }: ReportModel['runs'][number]): string {
  if (ended === undefined) return 'no end recorded';
  return exitSignal === undefined ? `exited ${exitCode ?? '?'}` : `ended by ${printable(exitSignal, { max: 16 })}`;
}
