import type { FindingCode } from '../../audit/finding.js';
import { signedRecords, type Verification } from '../../audit/verification.js';
import { UNEXPLAINED } from '../../event/net-record.js';
import { countText } from '../text/quantity-text.js';
import type { Rollup } from '../rollup/rollup.js';
import { bodiesChip } from './bodies-chip.js';
import type { Chip } from './chip.js';

const END_UNKNOWN: ReadonlySet<string> = new Set(['NO_EXPECTED_HEAD', 'EXPECTED_HEAD_OLDER']);
const CUT: ReadonlySet<FindingCode> = new Set([
  'TAIL_CUT',
  'EXPECTED_HEAD_MISMATCH',
  'SEGMENT_MISSING',
  'LINES_MISSING',
]);

/** @param verification undefined where the journal was not verified */
export function chipsOf(rollup: Rollup, verification: Verification | undefined): readonly Chip[] {
  const checked = verification?.verdict === 'NOT_CHECKED' ? undefined : verification;
  return [appendOnly(checked), hashChained(checked), bodiesChip(rollup, checked), selfEgress(rollup), coverage(rollup)];
}

function appendOnly(verification: Verification | undefined): Chip {
  const name = 'Append-only';
  if (verification === undefined) return { name, state: 'none', meaning: 'not verified yet' };
  if (verification.findings.some(({ code }) => CUT.has(code))) {
    return { name, state: 'failed', meaning: 'records that were signed are gone' };
  }
  if (verification.findings.length > 0) return { name, state: 'failed', meaning: 'signed records were changed' };
  const { removed } = verification;
  const gone = removed === undefined ? '' : `, but for #1 to #${removed.last}, which a vacuum removed`;
  if (verification.limits.some(({ code }) => END_UNKNOWN.has(code))) {
    const meaning = `nothing signed is missing${gone}; whether the end was cut off shows only a head kept elsewhere`;
    return { name, state: 'none', meaning };
  }
  return { name, state: 'ok', meaning: `whole${gone}, up to the head that you kept elsewhere` };
}

function hashChained(verification: Verification | undefined): Chip {
  const name = 'Hash-chained';
  if (verification === undefined) return { name, state: 'none', meaning: 'not verified yet' };
  if (verification.findings.length > 0) {
    return { name, state: 'failed', meaning: `${countText(verification.findings.length, 'check')} failed` };
  }
  const signed = signedRecords(verification);
  return {
    name,
    state: 'ok',
    meaning: `${signed} of ${countText(verification.records, 'record')} under a signed head`,
  };
}

function selfEgress({ self }: Rollup): Chip {
  const name = `Self-egress ${self}`;
  if (self === 0) return { name, state: 'ok', meaning: 'no recorded call came from egress itself' };
  const query = { kind: 'net', package: 'egress' } as const;
  return { name, state: 'failed', meaning: 'egress itself opened connections', query };
}

function coverage({ runs, gaps, broken, flows }: Rollup): Chip {
  const name = 'Coverage';
  const count = [...gaps.values()].reduce((sum, { records }) => sum + records, 0);
  if (count > 0) {
    const meaning = 'some things were not recorded';
    return { name: `Coverage: ${countText(count, 'gap')}`, state: 'warning', meaning, query: { kind: 'gap' } };
  }
  const odd = [...flows.values()].reduce(
    (sum, { because = '', calls }) => sum + (UNEXPLAINED.has(because) ? calls : 0),
    0,
  );
  if (odd > 0) {
    const meaning = 'one observer saw what the other should have seen, and nothing explains it';
    return { name: `Coverage: ${odd} unexplained`, state: 'warning', meaning };
  }
  if (broken > 0) return { name, state: 'warning', meaning: `${countText(broken, 'line')} could not be read` };
  if (runs.all.every((run) => run.observers.length === 0)) {
    return { name: 'Coverage: unknown', state: 'none', meaning: 'no record says that an observer was at work' };
  }
  if (!runs.all.every((run) => run.observers.includes('kernel'))) {
    const meaning = 'native code and programs without hooks are not recorded';
    return { name: 'Coverage: hooks only', state: 'none', meaning };
  }
  return { name, state: 'ok', meaning: 'hooks and kernel observer were at work, and no gap is recorded' };
}
