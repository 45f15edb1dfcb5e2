/** What readings, grants and questions about fingerprints name: it stands far before, among calls that are not kept. */
import type { JournalLayout } from '../../journal/folder/layout.js';
import { readNumbered } from '../../journal/numbered-records.js';
import { fileSystem } from '../../keys/file-system.js';
import { namedRecord, namingFault, namingOf, type NamedRecord, type Naming } from '../../officers/named-record.js';
import type { FindingList } from '../finding.js';
import { isSignedInTime, type FoundHead, type WalkedEpoch } from '../heads/signed-files.js';
import type { Walk, WalkedSegment } from '../segments/tree-walk.js';

interface FoundNaming extends Naming {
  readonly seq: number;
}

/** Readings are few; a journal that names more is nobody's that is worth the memory. */
const NAMINGS_MAX = 1_000_000;

/**
 * Each has to be what its rule says, and the very body that was signed for. What a vacuum has removed, or lies in a
 * damaged segment, is not known.
 */
export function checkNamedRecords(
  layout: JournalLayout,
  { base, segments }: Walk,
  { heads, epochs }: { readonly heads: readonly FoundHead[]; readonly epochs: readonly WalkedEpoch[] },
  findings: FindingList,
): void {
  const all = segments.flatMap(namingsIn);
  const excess = all[NAMINGS_MAX];
  if (excess !== undefined) {
    const message = `more than ${NAMINGS_MAX} records name others: those from #${excess.seq} on were not checked`;
    findings.add('STATEMENT_INVALID', message, { records: [excess.seq, excess.seq] });
  }
  // What no head covered when a crash came was acknowledged to nobody, and has no effect.
  const namings = all.slice(0, NAMINGS_MAX).filter(({ seq }) => isSignedInTime(seq, heads, epochs));
  const named = readNamed(layout, base, segments, new Set(namings.map(({ names }) => names)));
  for (const naming of namings) {
    const { seq, kind, names } = naming;
    const isLater = names >= seq;
    const fault = isLater ? `#${names}, which comes later` : namingFault(naming, named.found.get(names));
    if (fault === undefined || (!isLater && named.unknown.has(names))) continue;
    findings.add('STATEMENT_INVALID', `the ${kind} in #${seq} is about ${fault}`, { records: [seq, seq] });
  }
}

/** Segments come in the order of their numbers, and are gone through once however much is wanted of them. */
function readNamed(
  layout: JournalLayout,
  base: number,
  segments: readonly WalkedSegment[],
  wanted: ReadonlySet<number>,
): { readonly found: ReadonlyMap<number, NamedRecord>; readonly unknown: ReadonlySet<number> } {
  const found = new Map<number, NamedRecord>();
  const sorted = [...wanted].filter((seq) => seq > 0).sort((a, b) => a - b);
  const unknown = new Set(sorted);
  let at = sorted.findIndex((seq) => seq > base);
  for (const { segment, first, last, isDamaged } of at < 0 ? [] : segments) {
    while ((sorted[at] ?? Infinity) < first) at += 1;
    const begin = at;
    while ((sorted[at] ?? Infinity) <= last) at += 1;
    if (begin === at || isDamaged) continue;
    const here = new Set(sorted.slice(begin, at));
    for (const seq of here) unknown.delete(seq);
    readNumbered(fileSystem, layout.segment(segment), here, (seq, record) => {
      found.set(seq, namedRecord(record));
    });
  }
  return { found, unknown };
}

function namingsIn({ control, fingerprints }: WalkedSegment): FoundNaming[] {
  const statements = control.flatMap(({ seq, kind, record }) => {
    const naming = namingOf(kind, record);
    return naming === undefined ? [] : [{ seq, ...naming }];
  });
  return [...statements, ...fingerprints.map(([seq, names]) => ({ seq, kind: 'fingerprint' as const, names }))];
}
