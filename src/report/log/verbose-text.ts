import type { ChalkInstance } from 'chalk';
import { printable } from '../../core/printable.js';
import { timeText } from '../text/time-text.js';
import { placeText, type StoredLine } from '../stored/stored-lines.js';

const VALUE_CHARS_MAX = 2_048;
const DEPTH_MAX = 8;

type Pair = readonly [name: string, value: string];

/** A JSON value as `name=value` pairs, nested names joined by dots; lists of plain values on one line. */
export function flatten(name: string, value: unknown, depth: number): Pair[] {
  if (typeof value === 'string') return [[name, printable(value, { max: VALUE_CHARS_MAX })]];
  if (typeof value !== 'object' || value === null || depth >= DEPTH_MAX || Array.isArray(value)) {
    return [[name, printable(JSON.stringify(value), { max: VALUE_CHARS_MAX })]];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const shown = printable(key, { max: 128 });
    return flatten(name === '' ? shown : `${name}.${shown}`, item, depth + 1);
  });
}

/** One record of any kind with all that it says: a heading, then a field a line. */
export function verboseText(stored: StoredLine, colour: ChalkInstance, local: boolean): string {
  const { view } = stored;
  if (view === undefined) return colour.red(`✗ not a record: ${placeText(stored)}`);
  const heading = `#${view.seq ?? '?'} ${printable(view.kind, { max: 32 })}  ${timeText(view.text('time'), local)}`;
  const odd = ['seq', 'prev', 'kind', 'time'].filter((name) => !view.has(name));
  const lines = flatten('', view.body(), 0).map(([name, value]) => `    ${colour.dim(`${name}=`)}${value}`);
  return [colour.bold(heading), ...odd.map((name) => colour.red(`    ${name} is missing`)), ...lines].join('\n');
}
