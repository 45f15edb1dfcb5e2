import { groupTimes } from '../model/groups.js';
import { matchesFlow, type RecordQuery } from '../model/record-query.js';
import { timeTable } from '../model/report-tables.js';
import type { Rollup } from '../rollup/rollup.js';
import { tableLines } from '../text/table.js';
import type { Look } from './look.js';

/** Whether the rollup can tell such records by the hour. */
export const isCountedByTime = ({ kind, failed }: RecordQuery): boolean => kind === 'net' && failed === undefined;

/** What the calls behind a row did over time: by day, then by hour. */
export function timeLines(rollup: Rollup, query: RecordQuery, look: Look): readonly string[] {
  const times = (digits: 10 | 13): ReturnType<typeof groupTimes> =>
    groupTimes(rollup, digits, (flow) => matchesFlow(query, flow), query).filter(({ time = '' }) =>
      time.startsWith(query.time?.slice(0, digits) ?? ''),
    );
  const groups = { days: times(10), hours: times(13) };
  return (['days', 'hours'] as const).flatMap((by, index) => {
    const { title, columns, rows } = timeTable(groups, by, look.spoken ? '' : '█');
    const [titles = '', ...lines] = tableLines(
      columns,
      rows.map(({ cells }) => cells),
      look.columns - 3,
    );
    const heading = [` ${look.colour.bold(title)}`, look.colour.dim(`  ${titles}`)];
    return [...(index === 0 ? [] : ['']), ...heading, ...lines.map((line) => `  ${line}`)];
  });
}
