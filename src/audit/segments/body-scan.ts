/**
 * Bodies that a segment's records speak of: when they were stored, whether their files are what the records say, and
 * which calls' bodies somebody compared with a file. Nothing is decrypted, nothing is kept of a body; what comes out is
 * bounded however many there are.
 */
import { joinPath, parentPath, sha256OfParts } from '#platform';
import { systemCode } from '../../core/error.js';
import { fileSystem, READ_FLAGS } from '../../keys/file-system.js';
import { BodyLayout } from '../../officers/body-layout.js';
import { namingOf } from '../../officers/named-record.js';
import { isTime } from '../../officers/officer-note.js';

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
  /** Records whose file is gone, with the segment that it lay with, or is another one; the first of them. */
  readonly missing: readonly (readonly [seq: number, segment: number])[];
  readonly altered: readonly number[];
  /** Records whose files are not here at all, or not for this reader. */
  readonly unchecked: number;
  /** Records that tell of a comparison, each with the call that it names; 0 where it names none. */
  readonly fingerprints: readonly (readonly [seq: number, net: number])[];
}

const NAMED_MAX = 50;
const SEGMENT_NAME = /^[0-9]{8,}$/;
const STRETCHES_MAX = 4_096;
/** Each is a command of its own, and a segment ends within the hour. */
const FINGERPRINTS_MAX = 65_536;

type Members = Readonly<Record<string, unknown>>;

export class BodyScan {
  readonly #layout: BodyLayout;
  readonly #stretches: { first: number; last: number; latest: string }[] = [];
  readonly #missing: (readonly [number, number])[] = [];
  readonly #altered: number[] = [];
  readonly #fingerprints: (readonly [number, number])[] = [];
  readonly #folders = new Map<number, 'here' | 'gone' | 'closed'>();
  #whole = 0;
  #unchecked = 0;
  #isNewStretch = true;

  /** @param segmentFile from which the journal's folder follows */
  constructor(segmentFile: string) {
    this.#layout = new BodyLayout(joinPath(parentPath(parentPath(segmentFile)), 'bodies'));
  }

  /** Of every record whose kind is about bodies. */
  see(kind: string, seq: number, record: Members): void {
    if (kind === 'fingerprint' && this.#fingerprints.length <= FINGERPRINTS_MAX) {
      // The first one too many counts as naming nothing, so that none goes unseen behind it.
      const isOver = this.#fingerprints.length === FINGERPRINTS_MAX;
      this.#fingerprints.push([seq, isOver ? 0 : (namingOf(kind, record)?.names ?? 0)]);
    }
    if (kind === 'forensics.enable' || kind === 'forensics.disable') this.#isNewStretch = true;
    if (kind === 'body.stored') {
      this.#extend(seq, record['time']);
      this.#checkFile(seq, record['body']);
    } else if (kind === 'grant.add') this.#checkFile(seq, record['stored']);
  }

  result(): BodyScanResult {
    const [missing, altered] = [this.#missing, this.#altered];
    const [stretches, fingerprints] = [this.#stretches, this.#fingerprints];
    return { stretches, fingerprints, whole: this.#whole, missing, altered, unchecked: this.#unchecked };
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
    const { segment, outer, stored_bytes: bytes } = Object(stated) as Members;
    // The name becomes part of a path: nothing but a hash may stand there.
    const isNamed = typeof outer === 'string' && /^[0-9a-f]{64}$/.test(outer);
    if (typeof segment !== 'number' || !Number.isSafeInteger(segment) || segment < 1 || !isNamed) {
      this.#count(seq, 0, 'no file', '');
      return;
    }
    const folder = this.#folder(segment);
    const found = folder === 'here' ? hashOf(this.#layout.body(segment, outer), bytes) : folder;
    this.#count(seq, segment, found, outer);
  }

  #count(seq: number, segment: number, found: string, outer: string): void {
    if (found === outer) this.#whole += 1;
    else if (found === 'closed') this.#unchecked += 1;
    else if (found === 'gone') {
      if (this.#missing.length < NAMED_MAX) this.#missing.push([seq, segment]);
    } else if (this.#altered.length < NAMED_MAX) this.#altered.push(seq);
  }

  /** A copy for readers has no folder of bodies at all; where there are some, a segment's cannot be missing. */
  #folder(segment: number): 'here' | 'gone' | 'closed' {
    const known = this.#folders.get(segment);
    if (known !== undefined) return known;
    const { names } = listed(this.#layout.directory);
    const isCopy = !names.some((name) => SEGMENT_NAME.test(name));
    const found = isCopy ? 'closed' : listed(this.#layout.segment(segment)).is;
    this.#folders.set(segment, found);
    return found;
  }
}

function listed(folder: string): { readonly is: 'here' | 'gone' | 'closed'; readonly names: readonly string[] } {
  try {
    return { is: 'here', names: fileSystem.readdirSync(folder) };
  } catch (error) {
    return { is: isForbidden(error) ? 'closed' : 'gone', names: [] };
  }
}

const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(systemCode(error) ?? '');

/**
 * SHA-256 in hex; `gone` where there is no such file, `closed` where it may not be read, `no file` for a link, a device,
 * a FIFO, and for what has not the size that was stored: something that is put in its place is not read to its end.
 */
function hashOf(file: string, bytes: unknown): string {
  let fd: number;
  try {
    fd = fileSystem.openSync(file, READ_FLAGS);
  } catch (error) {
    if (isForbidden(error)) return 'closed';
    return systemCode(error) === 'ENOENT' ? 'gone' : 'no file';
  }
  try {
    const stat = fileSystem.fstatSync(fd);
    if (!stat.isFile() || stat.size !== bytes) return 'no file';
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
