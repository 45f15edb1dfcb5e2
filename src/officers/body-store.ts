/**
 * Stores bodies so that nobody reads one alone: the inner layer is for the officers, the outer one for the custodian,
 * who takes it off only after the reading is in the journal.
 *
 * The outer layer has a key of its own for each segment. Its secret half is encrypted to the custodian, written and
 * forgotten, so that the recorder, too, can only add bodies. Who destroys that file (the vacuum) takes away all bodies of
 * the segment, wherever copies of them lie.
 */
import { createHash } from 'node:crypto';
import type { BodyPart, StoredBody } from '../event/officer-record.js';
import { replaceFile, type FileSystem } from '../keys/file-system.js';
import { encryptTo, newIdentity, type AgeRecipient } from './age.js';
import { BodyLayout } from './body-layout.js';

const FOLDER_MODE = 0o750;
/** Written once; whoever owns the folder may remove it. */
const BODY_MODE = 0o440;
/** The custodian's alone, who overwrites it in the end. */
const KEY_MODE = 0o600;

export interface BodyStoreOptions {
  readonly fs: FileSystem;
  /** `bodies` in the journal's folder; made if missing. */
  readonly folder: string;
  /** Number of the open segment. */
  readonly segment: number;
  /** Of the officers in force. */
  readonly recipients: readonly AgeRecipient[];
  readonly custodian: AgeRecipient;
}

export interface PlainBody {
  /** `seq` of the call's row. */
  readonly net: number;
  readonly part: BodyPart;
  readonly protocol?: StoredBody['protocol'];
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

export class BodyStore {
  readonly #options: BodyStoreOptions;
  readonly #layout: BodyLayout;
  readonly #outer: AgeRecipient;

  private constructor(options: BodyStoreOptions, outer: AgeRecipient) {
    this.#options = options;
    this.#layout = new BodyLayout(options.folder);
    this.#outer = outer;
  }

  /**
   * Makes the segment's key. It is durable before the first body is sealed with it: a crash leaves a key without
   * bodies, never bodies without their key. A second store for a segment (other officers, say) adds a second key.
   * @throws KEY_INVALID, and what the system throws
   */
  static async open(options: BodyStoreOptions): Promise<BodyStore> {
    const { fs, folder, segment, custodian } = options;
    const layout = new BodyLayout(folder);
    const { identity, recipient } = await newIdentity();
    const wrapped = await encryptTo([custodian], new TextEncoder().encode(identity));
    fs.mkdirSync(layout.segment(segment), { recursive: true, mode: FOLDER_MODE });
    replaceFile(fs, layout.key(segment, recipient), wrapped, KEY_MODE);
    return new BodyStore(options, recipient);
  }

  get segment(): number {
    return this.#options.segment;
  }

  /**
   * Seals one body into a file, which is durable when this returns. Plaintext never touches the disk.
   * @returns what the `body.stored` record says of it
   * @throws KEY_INVALID, and what the system throws: the body is not stored then
   */
  async seal({ net, part, protocol, bytes, truncated }: PlainBody): Promise<StoredBody> {
    const { fs, segment, recipients } = this.#options;
    const inner = await encryptTo(recipients, bytes);
    const outer = await encryptTo([this.#outer], inner);
    const name = sha256(outer);
    replaceFile(fs, this.#layout.body(segment, name), outer, BODY_MODE);
    return {
      ...{ net, part, ...(protocol === undefined ? {} : { protocol }) },
      ...{ segment, inner: sha256(inner), outer: name },
      ...{ bytes: bytes.length, stored_bytes: outer.length, truncated },
    };
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
