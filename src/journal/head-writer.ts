/** Signs heads, and hands over to new keys where a segment ends and the run goes on. */
import type { EpochNextRecord } from '../event/record.js';
import { replaceFile, type FileSystem } from '../keys/file-system.js';
import { resumeKeyFile } from '../keys/key-directory.js';
import { eraseSecret } from '../keys/key-file.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import { signHead, type Head } from './heads/checkpoint.js';
import { FIXED_MODE } from './create-journal.js';
import type { JournalFile } from './folder/journal-file.js';
import type { JournalLayout } from './folder/layout.js';
import type { CompactRange } from './tree/merkle.js';
import { openEpoch, prepareEpoch, type NextEpoch, type RunKey } from './heads/open-epoch.js';

interface HeadPlace {
  readonly layout: JournalLayout;
  /** The key directory. */
  readonly keys: string;
  readonly journal: JournalFile;
}

/** The record that names the keys to which the next head hands over. */
export function epochNext({ number, runKey, resumeKey }: NextEpoch, time: string): EpochNextRecord {
  return { kind: 'epoch.next', time, epoch: { number, key: runKey.text, resume: resumeKey.text } };
}

export class HeadWriter {
  readonly #fs: FileSystem;
  readonly #place: HeadPlace;
  /** In memory only. Replaced at each hand-over; the garbage collector has the old one. */
  #runKey: RunKey;

  constructor(fs: FileSystem, place: HeadPlace, runKey: RunKey) {
    this.#fs = fs;
    this.#place = place;
    this.#runKey = runKey;
  }

  get epoch(): number {
    return this.#runKey.epoch;
  }
  get key(): VerifierKey {
    return this.#runKey.key;
  }

  /** The keys for a hand-over; the resume key is durable when this returns. */
  prepareNext(): NextEpoch {
    const { keys, journal } = this.#place;
    return prepareEpoch(this.#fs, keys, journal.origin, this.epoch + 1);
  }

  /**
   * Signs a head over lines that are durable, the last of them a seal. What a crash leaves after each step:
   * 1. head in `heads/`: the records are signed; an `epoch.next` among them has no epoch, and the next run opens one
   *    with the resume key, as after any interruption;
   * 2. hand-over in `epochs/`: the old resume key is covered, and the next opening erases it;
   * 3. checkpoint replaced (until then it lags behind, which is allowed);
   * 4. old resume key erased: all is done.
   * @param isKept whether the head stands in `heads/` too, for good
   */
  sign(
    range: CompactRange,
    { isKept, next }: { readonly isKept: boolean; readonly next?: NextEpoch | undefined },
  ): Head {
    const fs = this.#fs;
    const { layout, keys, journal } = this.#place;
    const { epoch, key, signer } = this.#runKey;
    const head = { origin: journal.origin, size: range.end, root: range.root() };
    const note = signHead(head, key, signer);
    if (isKept) replaceFile(fs, layout.head(head.size), note, FIXED_MODE);
    if (next !== undefined) this.#runKey = openEpoch(fs, layout, next, head, this.#runKey);
    replaceFile(fs, layout.checkpoint, note, 0o640);
    if (next !== undefined) eraseSecret(fs, resumeKeyFile(keys, epoch));
    return head;
  }
}
