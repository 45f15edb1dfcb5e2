/** Flags that choose records, the same wherever records are chosen to be handed on. */
import { option, string } from '@oclif/core/flags';
import { mergeRanges } from '../audit/verification.js';
import type { Wanted } from '../bundle/part-choice.js';
import { CHANNELS } from '../event/frame.js';
import { parseSeqRange } from './seq-argument.js';
import { parseTime } from './time-argument.js';

export const choiceFlags = {
  seq: string({
    aliases: ['disclose'],
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<a>..<b>,<c>',
    description: 'Records of these numbers; --disclose is the same',
  }),
  since: string({ char: 'S', helpValue: '<time>', description: 'Not older: 10m, 12:04, "2026-10-20 12:04"' }),
  until: string({ char: 'U', helpValue: '<time>', description: 'Not newer' }),
  host: string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<name>',
    description: 'Calls to it; * matches any part',
  }),
  package: string({ multiple: true, multipleNonGreedy: true, helpValue: '<name>', description: 'Calls that it made' }),
  channel: option({ options: CHANNELS, multiple: true, multipleNonGreedy: true } as const)({
    helpValue: '<name>',
    description: 'Calls through it',
  }),
};

interface ChoiceFlags {
  readonly seq?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly host?: readonly string[] | undefined;
  readonly package?: readonly string[] | undefined;
  readonly channel?: readonly string[] | undefined;
}

type Range = readonly [first: number, last: number];

/** @returns undefined where no flag chooses anything: then everything is meant @throws USAGE */
export function parseChoice(flags: ChoiceFlags, nowMillis: number): Omit<Wanted, 'alone'> | undefined {
  const { seq, since, until, host = [], package: packages = [], channel: channels = [] } = flags;
  const isEverything = [seq, since, until].every((flag) => flag === undefined);
  if (isEverything && host.length + packages.length + channels.length === 0) return undefined;
  const filter = {
    hosts: host.map((name) => name.toLowerCase()),
    packages,
    channels,
    gaps: false,
    ...(since === undefined ? {} : { since: parseTime(since, nowMillis) }),
    ...(until === undefined ? {} : { until: parseTime(until, nowMillis) }),
  };
  return { filter, ranges: seq === undefined ? undefined : parseRanges(seq) };
}

/** `3,7,10..12` and the like, as ascending ranges that do not touch. @throws USAGE */
function parseRanges(texts: readonly string[]): readonly Range[] {
  const ranges = texts
    .flatMap((text) => text.split(','))
    .map((text): Range => {
      const { first, last } = parseSeqRange(text.trim());
      return [first, last];
    });
  return mergeRanges(ranges);
}
