/** Puts what was found into a verdict, ranges and words. */
import { encodeHex } from '../core/bytes.js';
import { LINE_BYTES_MAX } from '../core/limits.js';
import { printable } from '../core/printable.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { RECORD_KINDS } from '../event/record-kinds.js';
import type { Continuation } from '../event/roles.js';
import { JournalLayout, segmentName } from '../journal/folder/layout.js';
import { decodeRecord } from '../journal/lines/line.js';
import { fileSystem, READ_FLAGS } from '../keys/file-system.js';
import { keyFingerprint } from '../keys/verifier-key.js';
import type { Limit, SeqRange } from './finding.js';
import {
  mergeRanges,
  notChecked,
  subtractRanges,
  witnessItems,
  type CheckedItem,
  type RecordRanges,
  type Verdict,
  type Verification,
} from './verification.js';
import type { Evidence } from './evidence.js';
import { namedOfficers } from './checks/officer-check.js';
import type { PinnedKey } from './heads/pinned-key.js';
import type { Removal } from './checks/vacuum-check.js';

const KEY_WORDS = { given: 'the key you gave', own: 'your own key', page: 'the key that came with it' } as const;

export function summarize(evidence: Evidence): Verification {
  const { options, pinned, findings, walk, matched, scans, structure } = evidence;
  const limits = [...evidence.limits, ...unknownKinds(evidence)];
  const verdict = verdictOf(evidence, limits);
  const gaps = walk.kinds.get('gap') ?? 0;
  const times = recordTimes(evidence);
  if (walk.total === 0 && findings.isEmpty) {
    return notChecked(judgedJournal(options.directory, pinned), {
      code: 'NOTHING_TO_CHECK',
      message: 'the journal holds no record yet',
      hint: 'egress run -- COMMAND',
    });
  }
  return {
    verdict,
    journal: judgedJournal(options.directory, pinned),
    records: walk.total - walk.base,
    segments: walk.segments.length,
    bytes: scans.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    ...(evidence.removal === undefined ? {} : { removed: removedText(evidence.removal) }),
    ...(structure.state?.continues === undefined ? {} : { continues: continuation(structure.state.continues) }),
    ...(structure.state === undefined ? {} : { officers: namedOfficers(structure.state) }),
    ...times,
    ...(matched === undefined
      ? {}
      : { head: { size: matched.size, root: rootToBase64(matched.root), key: matched.epoch.runKey.text } }),
    witnessed: evidence.witnessed,
    checked: checkedItems(evidence),
    findings: findings.items,
    findingsOmitted: findings.omitted,
    limits,
    ranges: recordRanges(evidence),
    notShown: notShown(evidence, gaps),
    kinds: Object.fromEntries(walk.kinds),
    gaps,
  };
}

function judgedJournal(path: string, { key, source }: PinnedKey): Verification['journal'] {
  return { path, origin: key.name, key: key.text, fingerprint: keyFingerprint(key.text), pinned: source };
}

function removedText({ boundary, seq, time, by, rule, window }: Removal): NonNullable<Verification['removed']> {
  return { first: 1, last: boundary, seq, time, by, rule, window };
}

function continuation({ origin, size, root, why }: Continuation): NonNullable<Verification['continues']> {
  return { origin, size, root: rootToBase64(root), why };
}

function verdictOf({ findings, witnessed }: Evidence, limits: readonly Limit[]): Verdict {
  if (!findings.isEmpty) return 'NOT_VERIFIED';
  if (limits.length > 0) return 'VERIFIED_WITH_LIMIT';
  return witnessed.length > 0 ? 'VERIFIED_WITNESSED' : 'VERIFIED';
}

function unknownKinds({ walk }: Evidence): Limit[] {
  const unknown = [...walk.kinds].filter(([kind]) => !RECORD_KINDS.has(kind));
  const count = unknown.reduce((sum, [, records]) => sum + records, 0);
  if (count === 0) return [];
  const message = `${count} records are of kinds that this version does not know: what they say was not checked`;
  return [{ code: 'UNKNOWN_KINDS', message }];
}

function recordRanges({ walk, matched, structure }: Evidence): RecordRanges {
  const damaged = mergeRanges(walk.damaged);
  const missing = mergeRanges(walk.missing);
  const proven = matched?.size ?? 0;
  const behind: readonly SeqRange[] = walk.total > proven ? [[proven + 1, walk.total]] : [];
  const bad = mergeRanges([...damaged, ...missing]);
  const unproven = mergeRanges([...structure.unproven, ...behind]).flatMap((range) => subtractRanges(range, bad));
  const good = proven === 0 ? [] : subtractRanges([walk.base + 1, proven], mergeRanges([...bad, ...unproven]));
  return { good, unproven, damaged, missing };
}

function checkedItems({
  options,
  pinned,
  findings,
  removal,
  walk,
  heads,
  epochs,
  matched,
  witnessed,
  access,
}: Evidence): CheckedItem[] {
  const codes = new Set(findings.items.map(({ code }) => code));
  const has = (...wanted: (typeof findings.items)[number]['code'][]): boolean => wanted.some((code) => codes.has(code));
  const badLines = walk.damaged.length + walk.missing.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const first = walk.segments[0];
  const last = walk.segments.at(-1);
  const items: CheckedItem[] = [
    {
      ok: !has('LINE_DAMAGED', 'LINES_MISSING'),
      text: 'each record’s hash, and the link to the one before',
      detail: `${Math.max(0, walk.total - walk.base - badLines)} of ${walk.total - walk.base}`,
    },
    {
      ok: !has('LINES_MISSING', 'LINE_EXTRA', 'SEGMENT_MISSING', 'TAIL_CUT'),
      text: `numbers #${walk.base + 1} to #${walk.total}, no gap, no repeat`,
    },
  ];
  if (first !== undefined && last !== undefined) {
    const names =
      first === last ? segmentName(first.segment) : `${segmentName(first.segment)} → ${segmentName(last.segment)}`;
    items.push({
      ok: !has(
        'SEGMENT_MISSING',
        'SEGMENT_STRUCTURE',
        'SEGMENT_UNSEALED',
        'STATE_CHANGED',
        'RECOVERED_MISMATCH',
        'JOURNAL_FILE_DAMAGED',
      ),
      text: 'segments join, and each is of this journal',
      detail: names,
    });
  }
  items.push({
    ok: !has('GENESIS_MISMATCH', 'EPOCH_INVALID'),
    text: `${countOf(epochs.length, 'key')} handed over in order, from ${KEY_WORDS[pinned.source]}`,
    detail: `key ${encodeHex(pinned.key.id)}`,
  });
  items.push({
    ok:
      !has('HEAD_INVALID', 'HEAD_WRONG_KEY', 'HEAD_MISSING', 'HEAD_MISMATCH', 'SEAL_MISSING', 'TAIL_CUT') &&
      matched !== undefined,
    text: `${countOf(new Set(heads.map(({ size }) => size)).size, 'head')} signed, and the records give their roots`,
    ...(matched === undefined ? {} : { detail: `#${matched.size}` }),
  });
  if (removal !== undefined) {
    const { boundary, seq, by, rule, window } = removal;
    items.push({
      ok: !has('VACUUM_INVALID', 'HOLD_BROKEN', 'BOUNDARY_PROOF_INVALID'),
      text: `what the vacuum left of #1 to #${boundary} is what was signed`,
      detail: `#${seq}, ${rule.replace('_', ' ')} ${printable(window, { max: 32 })}, by ${printable(by, { max: 64 })}`,
    });
  }
  if (options.expected !== undefined) {
    const { size, root } = options.expected;
    items.push({
      ok: !has('EXPECTED_HEAD_MISMATCH', 'TAIL_CUT'),
      text: size === walk.total ? 'the end is the head you gave' : 'the head you gave is in it',
      detail: `${size} records, root ${root.slice(0, 8)}…`,
    });
  }
  items.push(...witnessItems(witnessed), ...access.checked);
  const bodies = [...walk.kinds].reduce((sum, [kind, count]) => (kind === 'body.stored' ? sum + count : sum), 0);
  items.push({
    ok: walk.self === 0 && !has('BODY_UNAUTHORIZED', 'STATEMENT_INVALID'),
    text: `${countOf(bodies, 'stored body', 'stored bodies')}, ${countOf(walk.self, 'call')} by egress itself`,
  });
  return items;
}

const countOf = (count: number, noun: string, plural = `${noun}s`): string => `${count} ${count === 1 ? noun : plural}`;

/** What no check of this journal can show, however good it is. */
function notShown({ pinned, walk, epochs, witnessed, access, structure }: Evidence, gaps: number): string[] {
  const lines = [
    gaps === 0
      ? 'that every connection was seen: only what the observers of each run saw was recorded'
      : `that every connection was seen: capture reported ${countOf(gaps, 'gap')} (egress log --gaps)`,
    'that the times are right: they come from the machine that ran the program',
    'that whoever holds the keys did not record it again: only a head that somebody else kept at the time shows that',
    'that programs of the same user left egress, its settings and its keys alone before a later run',
    ...access.notShown,
  ];
  if (structure.state?.continues !== undefined) {
    lines.push(
      'that it continues that other journal rightly: it says so; verify that one, and its last head, by itself',
    );
  }
  if (witnessed.length > 0) {
    lines.push('what came after the witnessed head, if its end and the cosignatures over it were cut off together');
  }
  const newest = pinned.replaced[0];
  if (newest !== undefined) {
    const count =
      pinned.replaced.length === 1 ? 'another journal was' : `${pinned.replaced.length} other journals were`;
    lines.push(`what was recorded here before: ${count} at this path, the newest begun ${newest.created}`);
  }
  if (epochs.length > 1 && walk.total > 0) {
    lines.push('that a run after a clean end is by the same hand: the key on disk opens the next one');
  }
  return lines;
}

function recordTimes({ walk, scans, options }: Evidence): { from?: string; to?: string } {
  const open = walk.segments[0]?.control.find(({ kind }) => kind === 'segment.open');
  const from = open?.record['time'];
  const last = scans.at(-1);
  const to =
    last === undefined || last.first === 0
      ? undefined
      : timeOfLine(new JournalLayout(options.directory).segment(last.segment), last.lastOffset, last.validBytes);
  return { ...(typeof from === 'string' ? { from } : {}), ...(to === undefined ? {} : { to }) };
}

/** The time of a line that was found valid a moment ago. */
function timeOfLine(file: string, from: number, to: number): string | undefined {
  if (to - from > LINE_BYTES_MAX + 1) return undefined;
  const fd = fileSystem.openSync(file, READ_FLAGS);
  try {
    const line = Buffer.alloc(to - from);
    fileSystem.readSync(fd, line, 0, line.length, from);
    const { time } = decodeRecord(line);
    return typeof time === 'string' ? time : undefined;
  } catch (error) {
    // Somebody replaced the file in between; the verdict is about what was read.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    fileSystem.closeSync(fd);
  }
}
