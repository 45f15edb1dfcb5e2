/** Lines that are encoded, chained and in the tree, but not yet written: what one write puts on disk. */
import { EgressError } from '../../core/error.js';
import { LINE_BYTES_MAX } from '../../core/limits.js';
import type { JournalRecord } from '../../event/record.js';
import { encodeLine } from './line.js';
import type { FilledForm } from './line-form.js';
import { LineGrammar } from './line-grammar.js';
import { LinePatterns } from './line-pattern.js';
import type { CompactRange } from '../tree/merkle.js';
import { HASH_BYTES, putLeaf, type Hash } from '../tree/tree-hasher.js';

const BUFFER_BYTES = 1 << 20;
/** What encoding one more line may need. */
const LINE_ROOM = 4 * LINE_BYTES_MAX;

/** A record as JSON, `kind` first, or as one of many that are like it. */
export type RecordText = string | FilledForm;

/** For messages. */
function kindOf(json: string): string {
  return /^\{"kind":"([a-z.]{1,32})"/.exec(json)?.[1] ?? 'nameless';
}

export class LineBatch {
  /** Over all lines of the journal, those of the batch among them. */
  readonly range: CompactRange;
  /** Hash of the last line. */
  readonly #last = Buffer.alloc(HASH_BYTES);
  readonly #grammar = new LineGrammar();
  /** The first byte is not ours to write: it is the prefix when the first line is hashed in place. */
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  readonly #patterns = new LinePatterns(this.#buffer);
  #used = 1;

  constructor(range: CompactRange, lastHash: Hash) {
    this.range = range;
    this.#last.write(lastHash, 'hex');
  }

  get lastHash(): Hash {
    return this.#last.toString('hex');
  }
  get bytes(): number {
    return this.#used - 1;
  }
  /** Another line may not fit: write first. */
  get isFull(): boolean {
    return this.#used + LINE_ROOM > BUFFER_BYTES;
  }

  /**
   * @returns the record's seq
   * @throws RECORD_TOO_LARGE, LINE_INVALID; then nothing was added
   */
  add(record: JournalRecord): number {
    return this.addText(JSON.stringify(record));
  }

  /**
   * @returns the record's seq
   * @throws RECORD_TOO_LARGE, LINE_INVALID; then nothing was added
   */
  addText(text: RecordText): number {
    const seq = this.range.end + 1;
    const start = this.#used;
    const end = typeof text === 'string' ? this.#encodeJson(start, seq, text) : this.#encodeForm(start, seq, text);
    putLeaf(this.#buffer, start, end, this.#last);
    this.range.append(this.#last);
    this.#buffer[end] = 0x0a;
    this.#used = end + 1;
    return seq;
  }

  /** What verify would refuse is never written. */
  #encodeJson(start: number, seq: number, json: string): number {
    const end = encodeLine(this.#buffer, start, seq, this.#last, json);
    if (end < 0) {
      throw new EgressError('RECORD_TOO_LARGE', `a ${kindOf(json)} record has more than ${LINE_BYTES_MAX} bytes`);
    }
    if (this.#patterns.fits(start, end)) return end;
    if (!this.#grammar.check(this.#buffer, start, end)) {
      throw new EgressError('LINE_INVALID', `a ${kindOf(json)} record is not valid: ${this.#grammar.fault}`);
    }
    this.#patterns.learn(start, end);
    return end;
  }

  /** Whatever a form makes is a line. */
  #encodeForm(start: number, seq: number, { form, numbers }: FilledForm): number {
    const end = form.encode(this.#buffer, start, seq, this.#last, numbers);
    if (end < 0) throw new EgressError('LINE_INVALID', 'a record is not valid: one of its numbers is no safe integer');
    return end;
  }

  /** The lines so far, for one write; valid until the next `add`, with which a new batch begins. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(1, this.#used);
    this.#used = 1;
    return bytes;
  }
}
