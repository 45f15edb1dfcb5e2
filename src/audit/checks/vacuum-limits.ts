import { printable } from '../../core/printable.js';
import type { ExpectedHead } from '../heads/expected-head.js';
import type { FindingList, Limit, Obstacle } from '../finding.js';
import type { Removal } from './vacuum-check.js';

/** What a vacuum keeps from being verified, and what it left undone. */
export function removalLimits(
  removal: Removal | undefined,
  segments: readonly number[],
  expected: ExpectedHead | undefined,
  findings: FindingList,
): Limit[] {
  if (removal === undefined) return [];
  const { boundary, seq, time, keyId, segment } = removal;
  const limits: Limit[] = [
    {
      code: 'VACUUMED',
      message:
        `verified from #${boundary + 1}; #1 to #${boundary} removed by the vacuum of ` +
        `${printable(time.slice(0, 10))} (#${seq}), signed by key ${keyId}`,
      records: [1, boundary],
      // Whoever kept a head from after the vacuum has its receipt under that head.
      ...(expected !== undefined && expected.size >= seq && findings.isEmpty ? { corroborated: true } : {}),
    },
  ];
  const rest = segments.filter((number) => number <= segment);
  const [first] = rest;
  if (first !== undefined) {
    const files = rest.length === 1 ? `segment ${first} is` : `segments ${first} to ${rest.at(-1) ?? first} are`;
    const message = `vacuum unfinished: ${files} still there, not checked; the next vacuum removes what it left`;
    limits.push({ code: 'VACUUM_UNFINISHED', message });
  }
  return limits;
}

/** A head that no stored proof leads from. */
export function expectedHeadRemoved(size: number, boundary: number): Obstacle {
  return {
    code: 'EXPECTED_HEAD_REMOVED',
    message: `the head you gave ends with #${size}, and a vacuum has removed the records up to #${boundary}`,
    hint: 'No proof was kept for it: heads at an interval have none. Give one from a run’s end, or a later one.',
  };
}
