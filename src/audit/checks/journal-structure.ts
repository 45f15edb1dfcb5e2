/** What has to hold between segments, epochs, heads and runs, once every line has its place. */
import type { VerifySignature } from '../../keys/ed25519.js';
import type { JournalFile } from '../../journal/folder/journal-file.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import { segmentName } from '../../journal/folder/layout.js';
import { isClosingSeal } from '../../journal/heads/seal.js';
import { fields, type Fields } from '../fields.js';
import type { FindingList, Limit, SeqRange } from '../finding.js';
import { checkHandOvers } from './hand-over-check.js';
import { checkRuns, emptyEpochs } from './run-check.js';
import { OfficerCheck, replacedOfficers } from './officer-check.js';
import { checkStates } from './state-check.js';
import type { RecoveredClaim } from '../segments/segment-opening.js';
import type { FoundHead, WalkedEpoch } from '../heads/signed-files.js';
import type { Walk, WalkedSegment } from '../segments/tree-walk.js';

export interface StructureInput {
  /** Undefined if journal.json is damaged, which is a finding already. */
  readonly journal: JournalFile | undefined;
  readonly epochs: readonly WalkedEpoch[];
  readonly heads: readonly FoundHead[];
  readonly walk: Walk;
  readonly recovered: ReadonlyMap<number, RecoveredClaim>;
  /** Whether `heads/<size>` is there now; a recorder may have written it since the heads were listed. */
  readonly isHeadKept: (size: number) => boolean;
  readonly verify: VerifySignature;
}

export interface Structure {
  readonly limits: readonly Limit[];
  /** Records that were not signed while they were recorded. */
  readonly unproven: readonly SeqRange[];
  /** As the newest record leaves it, where that is known. */
  readonly state: JournalState | undefined;
}

export class StructureCheck {
  readonly #input: StructureInput;
  readonly #findings: FindingList;
  readonly #limits: Limit[] = [];
  readonly #unproven: SeqRange[] = [];
  /** Undefined before the first segment. */
  #run: number | undefined;

  constructor(input: StructureInput, findings: FindingList) {
    this.#input = input;
    this.#findings = findings;
  }

  check(): Structure {
    const { segments } = this.#input.walk;
    for (const [at, segment] of segments.entries()) {
      const isLast = at === segments.length - 1;
      if (segment.last >= segment.first) this.#checkOpening(segment);
      if (!isLast) this.#checkEnd(segment);
    }
    const last = segments.at(-1);
    if (last !== undefined) this.#checkTail(last);
    checkHandOvers(this.#input, this.#findings);
    const { heads, epochs, walk } = this.#input;
    const { journal, verify } = this.#input;
    const officers = journal === undefined ? undefined : new OfficerCheck(journal, heads, verify, this.#findings);
    const state = checkStates(segments, heads, epochs, officers, this.#findings);
    this.#limits.push(...replacedOfficers(state));
    this.#limits.push(...checkRuns(walk, heads, epochs), ...emptyEpochs(epochs));
    return { limits: this.#limits, unproven: this.#unproven, state };
  }

  #fault(segment: WalkedSegment, what: string, seq = segment.first): void {
    this.#findings.add('SEGMENT_STRUCTURE', `${segmentName(segment.segment)}: ${what}`, {
      place: { segment: segment.segment },
      records: [seq, seq],
    });
  }

  /** segment.open, state, in segment 1 journal.open; each once and in this order. */
  #checkOpening(segment: WalkedSegment): void {
    const { control, first } = segment;
    const at = (seq: number): { kind: string; record: Fields } | undefined =>
      control.find((record) => record.seq === seq);
    const open = at(first);
    const state = at(first + 1);
    // A damaged line is reported as such; what it said is not known.
    if (!segment.isDamaged) {
      if (open?.kind !== 'segment.open') this.#fault(segment, 'does not begin with segment.open');
      if (segment.last > first && state?.kind !== 'state') this.#fault(segment, 'has no state', first + 1);
    }
    if (open?.kind === 'segment.open') this.#checkSegmentOpen(segment, fields(open.record, 'segment'));
    for (const { kind, seq } of control) {
      const place = { 'segment.open': first, state: first + 1, 'journal.open': segment.segment === 1 ? first + 2 : -1 }[
        kind
      ];
      if (place !== undefined && place !== seq) this.#fault(segment, `${kind} in the wrong place`, seq);
    }
    const journalOpen = at(first + 2);
    if (segment.segment === 1 && journalOpen?.kind === 'journal.open')
      this.#checkJournalOpen(segment, journalOpen.record);
    else if (segment.segment === 1 && segment.last > first + 1 && !segment.isDamaged) {
      this.#fault(segment, 'has no journal.open', first + 2);
    }
  }

  #checkSegmentOpen(segment: WalkedSegment, open: Fields): void {
    const { journal, epochs } = this.#input;
    if (open['number'] !== segment.segment) this.#fault(segment, 'segment.open has another number');
    if (journal !== undefined && open['journal'] !== journal.digest) {
      this.#findings.add('JOURNAL_FILE_DAMAGED', 'journal.json is not the file that the segments name', {
        file: 'journal.json',
        found: journal.digest,
        ...(typeof open['journal'] === 'string' ? { expected: open['journal'] } : {}),
      });
    }
    const epoch = epochs.findLast(({ size }) => size < segment.first);
    const isOfEpoch = epoch !== undefined && open['epoch'] === epoch.number && open['key'] === epoch.runKey.text;
    if (!isOfEpoch) this.#fault(segment, 'names another epoch or key than the one in force');
    const end = epochs.find(({ size }) => size >= segment.first)?.size ?? Number.POSITIVE_INFINITY;
    if (segment.last > end) this.#fault(segment, `goes on after the epoch ended with #${end}`);
    const run = open['run'];
    const before = this.#run ?? (segment.segment === 1 ? 0 : undefined);
    if (before !== undefined && run !== before && run !== before + 1) {
      this.#fault(segment, 'its run does not follow the one before');
    }
    if (typeof run === 'number') this.#run = run;
  }

  #checkJournalOpen(segment: WalkedSegment, record: Fields): void {
    const { journal } = this.#input;
    const open = fields(record, 'journal');
    const isSame =
      journal !== undefined &&
      open['origin'] === journal.origin &&
      open['key'] === journal.key.text &&
      open['created'] === journal.created &&
      open['officer'] === journal.officer &&
      open['recovery'] === journal.recovery;
    if (!isSame && journal !== undefined)
      this.#fault(segment, 'journal.open differs from journal.json', segment.first + 2);
  }

  /** Newest head at or below a record. */
  #headBelow(seq: number): number {
    return this.#input.heads.reduce((size, head) => (head.size <= seq ? Math.max(size, head.size) : size), 0);
  }

  /** A segment that others follow is sealed and signed, or a `recovered` record tells why not. */
  #checkEnd(segment: WalkedSegment): void {
    const { recovered, isHeadKept } = this.#input;
    const claim = recovered.get(segment.segment);
    if (claim !== undefined) {
      this.#checkRecovered(segment, claim);
      return;
    }
    const isClosed = isClosingSeal(segment.lastSeal);
    if (!isClosed && !segment.isDamaged) {
      this.#findings.add(
        'SEGMENT_UNSEALED',
        `${segmentName(segment.segment)} does not end with a seal, and nothing says why`,
        {
          place: { segment: segment.segment },
          records: [segment.first, segment.last],
        },
      );
    } else if (isClosed && !isHeadKept(segment.last)) {
      this.#findings.add('HEAD_MISSING', `the head that ends ${segmentName(segment.segment)} is missing`, {
        file: `heads/${segment.last}`,
      });
    }
  }

  #checkRecovered(segment: WalkedSegment, claim: RecoveredClaim): void {
    const from = Math.max(segment.first, this.#headBelow(segment.last) + 1);
    const unproven: SeqRange | undefined = from > segment.last ? undefined : [from, segment.last];
    const name = segmentName(segment.segment);
    if (isClosingSeal(segment.lastSeal) && this.#headBelow(segment.last) === segment.last) {
      // Nothing is written behind such a seal, so no crash leaves anything there, and there is nothing to explain.
      if (claim.tornBytes > 0) this.#addBehindEnd(segment);
      else {
        this.#findings.add('RECOVERED_MISMATCH', `#${claim.seq} speaks of a crash in ${name}, which ended well`, {
          records: [claim.seq, claim.seq],
        });
      }
      return;
    }
    const tornSha256 = claim.tornBytes === 0 ? EMPTY_SHA256 : segment.tornSha256;
    if (claim.tornSha256 !== tornSha256) {
      this.#findings.add(
        'RECOVERED_MISMATCH',
        `the torn end of ${name} is not the one that was found after the crash`,
        {
          place: { segment: segment.segment },
          expected: claim.tornSha256,
          ...(tornSha256 === undefined ? {} : { found: tornSha256 }),
        },
      );
    }
    if (claim.unproven?.[0] !== unproven?.[0] || claim.unproven?.[1] !== unproven?.[1]) {
      this.#findings.add('RECOVERED_MISMATCH', `#${claim.seq} names other unsigned records of ${name} than there are`, {
        records: [claim.seq, claim.seq],
      });
    }
    if (claim.tornBytes > 0) {
      this.#limits.push({
        code: 'TORN_TAIL',
        message: `${name} ends with ${claim.tornBytes} bytes that are no records`,
      });
    }
    if (unproven === undefined) return;
    this.#unproven.push(unproven);
    const message = `#${unproven[0]} to #${unproven[1]} unproven: not signed while they were recorded`;
    this.#limits.push({ code: 'RECOVERED', message, records: unproven });
  }

  #addBehindEnd({ segment, tornBytes }: WalkedSegment): void {
    this.#findings.add('LINE_EXTRA', `${tornBytes} bytes stand behind the seal that ended the segment`, {
      place: { segment },
    });
  }

  /** What no head covers yet. */
  #checkTail(segment: WalkedSegment): void {
    const covered = this.#headBelow(segment.last);
    const isClosed = isClosingSeal(segment.lastSeal) && covered === segment.last;
    if (segment.tornBytes > 0 && isClosed) this.#addBehindEnd(segment);
    else if (segment.tornBytes > 0) {
      const message = `${segmentName(segment.segment)} ends with ${segment.tornBytes} bytes that are no whole record`;
      this.#limits.push({ code: 'TORN_TAIL', message });
    }
    if (isClosed && !this.#input.isHeadKept(covered)) {
      this.#findings.add('HEAD_MISSING', `the head that ends ${segmentName(segment.segment)} is missing`, {
        file: `heads/${covered}`,
      });
    }
    if (covered >= segment.last) return;
    const records: SeqRange = [covered + 1, segment.last];
    const count = segment.last - covered;
    const message = `the last ${count} records are not sealed: #${records[0]} to #${records[1]}`;
    this.#limits.push({ code: 'UNSEALED', message, records });
  }
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
