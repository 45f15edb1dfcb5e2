/** The words of a verdict: the same on every surface. */
import { printable } from '../core/printable.js';
import type { Level, Reason } from './reason.js';
import type { Verdict } from './verdict.js';

export const LEVEL_GLYPHS: Readonly<Record<Level, string>> = {
  ALARM: '✗',
  NOT_CHECKED: '?',
  ATTENTION: '!',
  ALL_CLEAR: '✓',
};

/** `ALARM`, `NOT CHECKED`, `ATTENTION`, `ALL CLEAR`, `ALL CLEAR SO FAR, HOOKS ONLY`. */
export function levelText({ level, hooksOnly, soFar }: Pick<Verdict, 'level' | 'hooksOnly' | 'soFar'>): string {
  const words = level.replace('_', ' ');
  if (level !== 'ALL_CLEAR') return words;
  return `${words}${soFar ? ' SO FAR' : ''}${hooksOnly ? ', HOOKS ONLY' : ''}`;
}

const UNEXPLAINED_TEXTS: Readonly<Record<string, string>> = {
  no_connection: 'hooks told of what the kernel never saw',
  process_unseen: 'in a process that the kernel observer never saw',
  beneath_hooks: 'the kernel saw what the hooks did not: native code, or removed hooks',
  destination_changed: 'it went elsewhere than it was asked to go',
};

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is the matter, without a full stop and without the runs. Safe to print. */
function matter({ code, count, subject: recorded = '', lost = 0 }: Reason): string {
  const subject = printable(recorded, { max: 200 });
  const calls = many(count, 'outbound call');
  switch (code) {
    case 'not_verified':
      return `the journal did not verify: ${subject}`;
    case 'self_egress':
      return `${many(count, 'call')} came from egress itself`;
    case 'body_while_off':
      return `${count === 1 ? '1 body was' : `${count} bodies were`} stored while no officer had ordered it`;
    case 'denied':
      return `${calls} that the policy denies (${subject})`;
    case 'undeclared':
      return `${calls} of vendor ${subject} outside what it declared`;
    case 'not_checked':
      return subject === '' ? 'the journal was not verified' : subject;
    case 'no_run':
      return 'no run is recorded';
    case 'unexpected':
      return `${calls} that the policy does not expect`;
    case 'expired':
      return `${calls} that rule ${subject} would expect, but it had expired`;
    case 'recording_stopped':
      return `the recording stopped: ${subject}`;
    case 'unfinished':
      return 'no end is signed: interrupted, or still going on';
    case 'gap':
      return `${many(count, 'gap')}${subject === '' ? '' : `: ${subject}`} (${lost} lost or unseen)`;
    case 'unexplained':
      return `${many(count, 'call')}: ${UNEXPLAINED_TEXTS[recorded] ?? (subject === '' ? 'nothing explains it' : subject)}`;
    case 'corrected':
      return `${many(count, 'correction')} of rows that were written already`;
    case 'unattributed':
      return `${calls} without a package`;
    case 'observer_missing':
      return `without the ${subject} observer, which the policy requires`;
    case 'unobserved':
      return 'no record says that an observer was at work';
    case 'unreadable_lines':
      return `${many(count, 'line')} could not be read`;
    case 'unsigned':
      return subject;
    case 'key_not_compared':
      return 'the key was not compared with one that you got elsewhere: whoever made this page chose it';
    case 'no_policy':
      return 'no policy says what is expected';
    case 'policy_unreadable':
      return `the policy that was in force cannot be read: policies/${subject.slice(0, 12)}…`;
  }
}

/** `14 outbound calls that the policy does not expect (run 3)`. Safe to print, without a full stop. */
export function reasonText(reason: Reason, isOneRun = false): string {
  const { runs, runCount } = reason;
  const text = matter(reason);
  if (isOneRun || runs.length === 0) return text;
  const named = runCount > runs.length ? `${runCount} runs` : `run${runs.length === 1 ? '' : 's'} ${runs.join(', ')}`;
  return `${text} (${named})`;
}

/** What there is to say for a verdict with no reason against it. */
export function clearText(outbound: number, policy: string | undefined): string {
  const by = policy === undefined ? 'each expected' : `each expected by ${printable(policy, { max: 60 })}`;
  return outbound === 0 ? 'no outbound call is recorded' : `${many(outbound, 'outbound call')}, ${by}`;
}

/** `! ATTENTION   14 outbound calls that the policy does not expect`. */
export function verdictLine(verdict: Verdict, clear: string, isOneRun = false): string {
  const [first] = verdict.reasons;
  const said = first === undefined ? clear : reasonText(first, isOneRun);
  return `${LEVEL_GLYPHS[verdict.level]} ${levelText(verdict)}   ${said}`;
}
