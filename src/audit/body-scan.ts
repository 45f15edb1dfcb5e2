/**
 * Bodies that a segment's records speak of: when they were stored, and whether their files are what the records say.
 * Nothing is decrypted, nothing is kept of a body; what comes out is bounded however many there are.
 */
import { joinPath, parentPath, sha256OfParts } from '#platform';
import { systemCode } from '../core/error.js';
import { fileSystem, READ_FLAGS } from '../keys/file-system.js';
import { BodyLayout } from '../officers/body-layout.js';
import { isTime } from '../officers/officer-note.js';

/** Bodies between which nothing was said about capture. */
export interface BodyStretch {
  readonly first: number;
  readonly last: number;
  /** The latest time of one of them; empty where one has none. */
  readonly latest: string;
}

export interface BodyScanResult {
  readonly stretches: readonly BodyStretch[];
  /** Records whose file is there and has its hash. */
  readonly whole: number;
  /** Records whose file is gone, or another one; the first of them. */
  readonly missing: readonly number[];
  readonly altered: readonly number[];
  /** Records whose files are not here at all, or not for this reader. */
  readonly unchecked: number;
}

const NAMED_MAX = 50;
const STRETCHES_MAX = 4_096;

type Members = Readonly<Record<string, unknown>>;

export class BodyScan {
  readonly #layout: BodyLayout;
  readonly #stretches: { first: number; last: number; latest: string }[] = [];
  readonly #missing: number[] = [];
  readonly #altered: number[] = [];
  /** Whether a segment's folder can be read. */
  readonly #folders = new Map<number, boolean>();
  #whole = 0;
  #unchecked = 0;
  #isNewStretch = true;

  /** @param segmentFile from which the journal's folder follows */
  constructor(segmentFile: string) {
    this.#layout = new BodyLayout(joinPath(parentPath(parentPath(segmentFile)), 'bodies'));
  }

  /** Of every record whose kind is about bodies. */
  see(kind: string, seq: number, record: Members): void {
    if (kind === 'forensics.enable' || kind === 'forensics.disable') this.#isNewStretch = true;
    if (kind === 'body.stored') {
      this.#extend(seq, record['time']);
      this.#checkFile(seq, record['body']);
    } else if (kind === 'grant.add') this.#checkFile(seq, record['stored']);
  }

  result(): BodyScanResult {
    const [missing, altered] = [this.#missing, this.#altered];
    return { stretches: this.#stretches, whole: this.#whole, missing, altered, unchecked: this.#unchecked };
  }

  #extend(seq: number, time: unknown): void {
    const latest = isTime(time) ? time : '';
    const open = this.#stretches.at(-1);
    if (open === undefined || (this.#isNewStretch && this.#stretches.length < STRETCHES_MAX)) {
      this.#stretches.push({ first: seq, last: seq, latest });
    } else {
      open.last = seq;
      if (open.latest !== '') open.latest = latest === '' || latest > open.latest ? latest : open.latest;
    }
    this.#isNewStretch = false;
  }

  #checkFile(seq: number, stated: unknown): void {
    const { segment, outer } = Object(stated) as Members;
    // The name becomes part of a path: nothing but a hash may stand there.
    const isNamed = typeof outer === 'string' && /^[0-9a-f]{64}$/.test(outer);
    if (typeof segment !== 'number' || !Number.isSafeInteger(segment) || segment < 1 || !isNamed) {
      if (this.#altered.length < NAMED_MAX) this.#altered.push(seq);
    } else if (!this.#isThere(segment)) this.#unchecked += 1;
    else this.#count(seq, hashOf(this.#layout.body(segment, outer)), outer);
  }

  #count(seq: number, found: string, outer: string): void {
    if (found === outer) this.#whole += 1;
    else if (found === 'closed') this.#unchecked += 1;
    else {
      const list = found === 'gone' ? this.#missing : this.#altered;
      if (list.length < NAMED_MAX) list.push(seq);
    }
  }

  #isThere(segment: number): boolean {
    let isThere = this.#folders.get(segment);
    if (isThere === undefined) {
      try {
        fileSystem.readdirSync(this.#layout.segment(segment));
        isThere = true;
      } catch {
        isThere = false;
      }
      this.#folders.set(segment, isThere);
    }
    return isThere;
  }
}

/** SHA-256 in hex; `gone` where there is no such file, `closed` where it cannot be read. */
function hashOf(file: string): string {
  let fd: number;
  try {
    fd = fileSystem.openSync(file, READ_FLAGS);
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'gone' : 'closed';
  }
  try {
    if (!fileSystem.fstatSync(fd).isFile()) return 'no file';
    const digest = sha256OfParts();
    const chunk = new Uint8Array(1 << 16);
    for (;;) {
      const count = fileSystem.readSync(fd, chunk, 0, chunk.length, null);
      if (count === 0) return digest.hex();
      digest.update(chunk.subarray(0, count));
    }
  } catch {
    return 'closed';
  } finally {
    fileSystem.closeSync(fd);
  }
}
