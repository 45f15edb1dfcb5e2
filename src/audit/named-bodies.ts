/** The bodies that readings and grants name: they stand far before, among calls that a verification does not keep. */
import type { JournalLayout } from '../journal/layout.js';
import { decodeRecord } from '../journal/line.js';
import { LineGrammar } from '../journal/line-grammar.js';
import { readLines } from '../journal/line-source.js';
import { fileSystem, readFile } from '../keys/file-system.js';
import { fields } from './fields.js';
import type { FindingList } from './finding.js';
import { isSignedInTime, type FoundHead, type WalkedEpoch } from './signed-files.js';
import type { Walk, WalkedSegment } from './tree-walk.js';

/** What a record says of a body. */
interface Naming {
  readonly seq: number;
  readonly kind: 'body.read.intent' | 'grant.add';
  readonly body: number;
  /** Of an intent: SHA-256 of the body without its outer layer. */
  readonly inner: unknown;
}

/** Readings are few; a journal that names more is nobody's that is worth the memory. */
const NAMINGS_MAX = 100_000;

/**
 * Each has to be a stored body, or for a reading a reader's copy, and the very one that was signed for. What a vacuum has
 * removed, or lies in a damaged segment, is not known.
 */
export function checkNamedBodies(
  layout: JournalLayout,
  { base, segments }: Walk,
  { heads, epochs }: { readonly heads: readonly FoundHead[]; readonly epochs: readonly WalkedEpoch[] },
  findings: FindingList,
): void {
  // Statements that no head covered when a crash came have no effect.
  const namings = segments
    .flatMap(namingsIn)
    .slice(0, NAMINGS_MAX)
    .filter(({ seq }) => isSignedInTime(seq, heads, epochs));
  const wanted = new Set(namings.map(({ body }) => body).filter((body) => body > base));
  if (wanted.size === 0) return;
  const found = new Map<number, { readonly kind: string; readonly inner: unknown }>();
  const known = segments.filter(({ isDamaged }) => !isDamaged);
  for (const { segment, first, last } of known) {
    const here = new Set([...wanted].filter((seq) => seq >= first && seq <= last));
    if (here.size > 0) readBodies(layout.segment(segment), here, found);
  }
  for (const { seq, kind, body, inner } of namings) {
    const isKnown = known.some(({ first, last }) => body >= first && body <= last);
    const there = found.get(body);
    const isBody = there?.kind === 'body.stored' || (there?.kind === 'grant.add' && kind === 'body.read.intent');
    const isSame = isBody && body < seq && (kind === 'grant.add' || there.inner === inner);
    if (!isKnown || isSame) continue;
    const what = isBody ? `another body than #${body}` : `#${body}, which is no body that was stored`;
    findings.add('STATEMENT_INVALID', `the ${kind} in #${seq} is about ${what}`, { records: [seq, seq] });
  }
}

function namingsIn({ control }: WalkedSegment): Naming[] {
  return control.flatMap(({ seq, kind, record }) => {
    if (kind !== 'body.read.intent' && kind !== 'grant.add') return [];
    const { body, inner } = fields(record, 'statement');
    return typeof body === 'number' ? [{ seq, kind, body, inner }] : [];
  });
}

function readBodies(
  file: string,
  wanted: Set<number>,
  found: Map<number, { readonly kind: string; readonly inner: unknown }>,
): void {
  const grammar = new LineGrammar();
  readFile(fileSystem, file, (fd) =>
    readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, {
      line(buffer, start, end) {
        if (!grammar.check(buffer, start, end) || !wanted.delete(grammar.seq)) return true;
        const record = decodeRecord(buffer.subarray(start, end));
        const kind = String(record['kind']);
        const { inner } = fields(record, kind === 'grant.add' ? 'statement' : 'body');
        found.set(grammar.seq, { kind, inner });
        return wanted.size > 0;
      },
      oversized: () => false,
    }),
  );
}
