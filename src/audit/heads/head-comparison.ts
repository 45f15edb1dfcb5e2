/** Signed heads against the tree that the records give. */
import type { FindingList } from '../finding.js';
import type { FoundHead } from './signed-files.js';
import type { Walk } from '../segments/tree-walk.js';

/** @returns the newest head whose root the records have */
export function compareHeads(
  heads: readonly FoundHead[],
  walk: Pick<Walk, 'roots' | 'total' | 'sealed'>,
  findings: FindingList,
): FoundHead | undefined {
  let matched: FoundHead | undefined;
  for (const head of heads) {
    const { size, root, file } = head;
    const found = walk.roots.get(size);
    if (size > walk.total) {
      findings.add('TAIL_CUT', `${file} covers ${size} records, but they end with #${walk.total}`, {
        file,
        records: [walk.total + 1, size],
      });
    } else if (found !== undefined && found !== root) {
      findings.add('HEAD_MISMATCH', `the records up to #${size} are not those that ${file} signed`, {
        file,
        records: [(matched?.size ?? 0) + 1, size],
        expected: root,
        found,
      });
    } else if (found !== undefined) {
      if (size >= (matched?.size ?? 0)) matched = head;
      if (!walk.sealed.has(size)) {
        findings.add('SEAL_MISSING', `record #${size}, the last under ${file}, is no seal`, {
          file,
          records: [size, size],
        });
      }
    }
  }
  return matched;
}
