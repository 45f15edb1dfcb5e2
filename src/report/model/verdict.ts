/** One answer to "do I have to do something?", from what was counted and what was verified. */
import type { Verification } from '../../audit/verification.js';
import { countText } from '../quantity-text.js';
import type { Flow } from '../rollup/flow.js';
import type { Rollup } from '../rollup/rollup.js';
import { totalOf } from './groups.js';
import { holesOf, type Terms } from './hole.js';
import type { RecordQuery } from './record-query.js';

/** From the worst to the best. */
export const LEVELS = ['ALARM', 'NOT_CHECKED', 'ATTENTION', 'ALL_CLEAR'] as const;
export type Level = (typeof LEVELS)[number];

interface Reason {
  readonly level: Level;
  readonly text: string;
  /** Records that it is about. */
  readonly query?: RecordQuery;
}

export interface Verdict {
  readonly level: Level;
  /** Whether "all clear" rests on the hooks alone. */
  readonly hooksOnly: boolean;
  /** Whether the run may still go on. */
  readonly soFar: boolean;
  /** Why, the worst first. */
  readonly reasons: readonly Reason[];
}

export interface VerdictInput {
  readonly rollup: Rollup;
  readonly verification: Verification | undefined;
  readonly policy: Terms | undefined;
}

export function verdictOf(input: VerdictInput): Verdict {
  const { rollup } = input;
  const reasons = [...evidenceReasons(input), ...trafficReasons(input)].sort(
    (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level),
  );
  const newest = rollup.runs.newest;
  return {
    level: reasons[0]?.level ?? 'ALL_CLEAR',
    hooksOnly: !(newest?.observers.includes('kernel') ?? false),
    soFar: newest?.ended === undefined,
    reasons,
  };
}

function evidenceReasons({ rollup, verification }: VerdictInput): Reason[] {
  const reasons: Reason[] = [];
  if (verification === undefined) {
    reasons.push({ level: 'NOT_CHECKED', text: 'The journal was not verified.' });
  } else if (verification.verdict === 'NOT_CHECKED') {
    reasons.push({
      level: 'NOT_CHECKED',
      text: sentence(verification.obstacle?.message ?? 'the journal was not verified'),
    });
  } else if (verification.verdict === 'NOT_VERIFIED') {
    const [first] = verification.findings;
    reasons.push({ level: 'ALARM', text: `The journal did not verify: ${first?.message ?? 'a check failed'}.` });
  }
  if (rollup.self > 0) {
    const query = { kind: 'net', package: 'egress' } as const;
    reasons.push({ level: 'ALARM', text: `${countText(rollup.self, 'call')} came from egress itself.`, query });
  }
  return reasons;
}

function trafficReasons({ rollup, verification, policy }: VerdictInput): Reason[] {
  const flows = [...rollup.flows.values()];
  const outbound = flows.filter(({ direction }) => direction === 'egress');
  const count = (callClass: string): number => totalOf(flows.filter((flow) => flow.class === callClass)).calls;
  const reasons: Reason[] = [];
  const add = (level: Level, text: string, query?: RecordQuery): void => {
    reasons.push({ level, text, ...(query === undefined ? {} : { query }) });
  };
  const [alarms, unexpected] = [count('alarm'), count('unexpected')];
  if (alarms > 0) {
    add('ALARM', `${countText(alarms, 'call')} the policy raises an alarm for.`, { kind: 'net', class: 'alarm' });
  }
  if (unexpected > 0) {
    const query = { kind: 'net', class: 'unexpected' } as const;
    add('ATTENTION', `${countText(unexpected, 'call')} the policy does not expect.`, query);
  }
  for (const { text, query } of holesOf(rollup, policy)) add('ATTENTION', sentence(text), query);
  // A program without packages is named itself.
  const isUnnamed = (flow: Flow): boolean =>
    flow.package === undefined && flow.program === undefined && flow.isRest !== true;
  const unattributed = totalOf(outbound.filter(isUnnamed)).calls;
  if (unattributed > 0) {
    const query = { kind: 'net', direction: 'egress', package: '', program: '' } as const;
    add('ATTENTION', `${countText(unattributed, 'outbound call')} without a package.`, query);
  }
  if (rollup.recovered > 0) add('ATTENTION', `${countText(rollup.recovered, 'interrupted run')}.`);
  const unsigned = verification?.limits.find(({ code }) => code === 'UNSEALED' || code === 'INTERRUPTED');
  if (unsigned !== undefined && rollup.runs.newest?.ended !== undefined) add('ATTENTION', sentence(unsigned.message));
  if (policy === undefined) add('ATTENTION', 'There is no policy to say what is expected.');
  return reasons;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** `ALL CLEAR, HOOKS ONLY`, `ALL CLEAR SO FAR`. */
export function levelText({ level, hooksOnly, soFar }: Verdict): string {
  const words = level.replace('_', ' ');
  if (level !== 'ALL_CLEAR') return words;
  return `${words}${soFar ? ' SO FAR' : ''}${hooksOnly ? ', HOOKS ONLY' : ''}`;
}

export const LEVEL_GLYPHS: Readonly<Record<Level, string>> = {
  ALARM: '✗',
  NOT_CHECKED: '?',
  ATTENTION: '!',
  ALL_CLEAR: '✓',
};
