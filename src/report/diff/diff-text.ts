/** A comparison as text, Markdown and JSON. */
import type { ChalkInstance } from 'chalk';
import { printable } from '../../core/printable.js';
import { markdownText, tableMarkdown } from '../text/markdown.js';
import type { TextStyle } from '../report-text.js';
import { tableText } from '../text/table-text.js';
import { diffHeadline, diffTables } from './diff-tables.js';
import type { CallSums } from '../rollup/flow.js';
import { sizesJson } from '../model/sizes.js';
import type { Caller, Place } from './side.js';
import type { TrafficDiff } from './traffic-diff.js';

const WIDTH_PIPED = 100;
const REASONS_SHOWN = 20;

type Json = Readonly<Record<string, unknown>>;

function paintOf({ verdict }: TrafficDiff, colour: ChalkInstance): ChalkInstance {
  return verdict === 'nothing_new' ? colour.green : colour.yellow;
}

/** What was not seen, as lines. */
function unseenLines({ incomplete, oldUnseen }: TrafficDiff): readonly (readonly [name: string, text: string])[] {
  const lines = [
    ...incomplete.map((text) => ['Not seen', text] as const),
    ...oldUnseen.map((text) => ['Not seen before', text] as const),
  ];
  const more = lines.length - REASONS_SHOWN;
  return [...lines.slice(0, REASONS_SHOWN), ...(more > 0 ? [['And', `${more} more: --json lists all`] as const] : [])];
}

/** Without a final newline. */
export function diffText(diff: TrafficDiff, { colour, columns }: TextStyle): string {
  const lines = [paintOf(diff, colour).bold(diffHeadline(diff))];
  for (const table of diffTables(diff)) lines.push('', ...tableText(table, (columns ?? WIDTH_PIPED) - 2, colour));
  const unseen = unseenLines(diff);
  if (unseen.length > 0) lines.push('', ...unseen.map(([name, text]) => `  ${name}: ${printable(text, { max: 200 })}`));
  return lines.join('\n');
}

/** Without a final newline. */
export function diffMarkdown(diff: TrafficDiff): string {
  const lines = [`## ${markdownText(diffHeadline(diff))}`];
  for (const table of diffTables(diff)) lines.push('', ...tableMarkdown(table));
  const unseen = unseenLines(diff);
  if (unseen.length > 0) {
    lines.push('', ...unseen.map(([name, text]) => `- ${name}&#58; ${markdownText(printable(text, { max: 200 }))}`));
  }
  return lines.join('\n');
}

/** Described in docs/CLI_JSON.md. */
export function diffJson(diff: TrafficDiff): Json {
  const { verdict, added, gone, incomplete, oldUnseen } = diff;
  const only = ({ places, callers }: TrafficDiff['added']): Json => ({
    destinations: places.map((place) => ({
      ...placeJson(place),
      ...volumeJson(place),
      callers: [...place.callers.values()].map(callerJson),
    })),
    callers: callers.map(({ place, caller }) => ({ destination: placeJson(place), ...callerJson(caller) })),
  });
  return {
    verdict,
    ...{ old: volumeJson(diff.old), new: volumeJson(diff.new), added: only(added), gone: only(gone) },
    packages: diff.packages.map(({ caller: { package: name, program }, kind, old, new: now }) => {
      return { package: name, program, change: kind, old, new: now };
    }),
    volumes: diff.volumes.map(({ place, old, new: now }) => {
      return { destination: placeJson(place), old: volumeJson(old), new: volumeJson(now) };
    }),
    ...{ incomplete, old_unseen: oldUnseen },
  };
}

function placeJson({ host, port, channel, anyPort }: Place): Json {
  return { host, port, channel, ...(anyPort === undefined ? {} : { any_port: true }) };
}

function callerJson({ package: name, program, versions, ...volume }: Caller): Json {
  return { package: name, program, versions: [...versions].sort(), ...volumeJson(volume) };
}

function volumeJson(sums: Readonly<CallSums>): Json {
  return { calls: sums.calls, ...sizesJson(sums) };
}
