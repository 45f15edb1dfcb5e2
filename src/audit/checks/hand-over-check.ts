/** Epochs against the records: what each begins after, and what a hand-over by the run key has to come with. */
import { fields } from '../fields.js';
import type { FindingList } from '../finding.js';
import type { WalkedEpoch } from '../heads/signed-files.js';
import type { Walk } from '../segments/tree-walk.js';

interface HandOverInput {
  readonly epochs: readonly WalkedEpoch[];
  readonly walk: Walk;
  /** Whether `heads/<size>` is there. */
  readonly isHeadKept: (size: number) => boolean;
}

export function checkHandOvers(input: HandOverInput, findings: FindingList): void {
  const { epochs, walk } = input;
  for (const epoch of epochs) {
    if (epoch.number === 1) continue;
    const file = `epochs/${epoch.number}`;
    if (epoch.size > walk.total) {
      findings.add('TAIL_CUT', `${file} begins after #${epoch.size}, but the records end with #${walk.total}`, {
        file,
      });
      continue;
    }
    const root = epoch.size === 0 ? epochs[0]?.root : walk.roots.get(epoch.size);
    if (root !== undefined && root !== epoch.root) {
      findings.add('EPOCH_INVALID', `${file} begins with another history than the records`, {
        file,
        expected: epoch.root,
        found: root,
      });
    }
    // What it came with is gone with the other records below a vacuum's boundary.
    if (epoch.isHandOver && epoch.size > walk.base) checkHandOver(epoch, file, input, findings);
  }
}

function checkHandOver(
  epoch: WalkedEpoch,
  file: string,
  { walk, isHeadKept }: HandOverInput,
  findings: FindingList,
): void {
  const record = walk.segments
    .flatMap(({ control }) => control)
    .find(({ kind, seq }) => kind === 'epoch.next' && seq === epoch.size - 1);
  const next = fields(record?.record, 'epoch');
  const isNamed =
    next['number'] === epoch.number && next['key'] === epoch.runKey.text && next['resume'] === epoch.resumeKey.text;
  if (!isNamed) findings.add('EPOCH_INVALID', `${file} is not what the records hand over to`, { file });
  // Where the hand-over ends a segment, as ours do, that check has said it.
  const head = `heads/${epoch.size}`;
  if (!isHeadKept(epoch.size) && !findings.items.some((item) => item.file === head)) {
    findings.add('HEAD_MISSING', `the head at the hand-over to epoch ${epoch.number} is missing`, {
      file: head,
    });
  }
}
