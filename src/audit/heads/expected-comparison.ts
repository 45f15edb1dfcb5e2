/** The head that the auditor brought against the records. */
import type { VerifyOptions } from '../evidence.js';
import type { FindingList, Limit } from '../finding.js';
import type { Walk } from '../segments/tree-walk.js';

export function compareExpected(
  { expected, witnesses = [] }: Pick<VerifyOptions, 'expected' | 'witnesses'>,
  walk: Pick<Walk, 'roots' | 'total'>,
  findings: FindingList,
): Limit[] {
  if (expected === undefined) {
    // What a witness saw is a head kept elsewhere; whether it is there, and how old, is said apart.
    if (witnesses.length > 0) return [];
    const message = 'no head that was kept elsewhere was given: a cut end would not show';
    return [{ code: 'NO_EXPECTED_HEAD', message }];
  }
  const { size, root } = expected;
  const found = walk.roots.get(size);
  if (size > walk.total) {
    findings.add('TAIL_CUT', `the head you gave covers ${size} records, but they end with #${walk.total}`, {
      records: [walk.total + 1, size],
    });
  } else if (found !== undefined && found !== root) {
    findings.add('EXPECTED_HEAD_MISMATCH', `the records up to #${size} are not those of the head you gave`, {
      expected: root,
      found,
    });
  } else if (size < walk.total) {
    const message = `the head you gave ends with #${size}: a cut end after that would not show`;
    return [{ code: 'EXPECTED_HEAD_OLDER', message, records: [size + 1, walk.total] }];
  }
  return [];
}
