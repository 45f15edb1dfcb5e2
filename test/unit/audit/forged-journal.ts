import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { signHead } from '../../../src/journal/heads/checkpoint.js';
import { signEpoch } from '../../../src/journal/heads/epoch.js';
import { encodeJournalFile } from '../../../src/journal/folder/journal-file.js';
import { segmentName } from '../../../src/journal/folder/layout.js';
import { CompactRange } from '../../../src/journal/tree/merkle.js';
import { nodeHasher, NO_HASH, sha256 } from '../../../src/journal/tree/tree-hasher.js';
import type { Signer } from '../../../src/keys/ed25519.js';
import { signerFromSeed } from '../../../src/keys/signer.js';
import { verifierKey, type VerifierKey } from '../../../src/keys/verifier-key.js';

const ORIGIN = 'egress.invalid/00112233445566778899aabbccddeeff';
const TIME = '2026-10-20T12:04:05.001201Z';

interface Pair {
  readonly key: VerifierKey;
  readonly signer: Signer;
}

interface EpochChanges {
  readonly root?: string;
  readonly size?: number;
  /** Name of the pair. */
  readonly runKey?: string;
}

/**
 * A journal by somebody who has all the keys and need not keep any rule: what a verifier must refuse although every
 * hash and signature is good.
 */
export class ForgedJournal {
  readonly directory: string;
  readonly #tree = new CompactRange(nodeHasher);
  #prev = NO_HASH;
  #segment = 0;
  #lines: string[] = [];
  readonly #digest: string;
  readonly #pairs = new Map<string, Pair>();

  constructor(folder: string) {
    this.directory = folder;
    for (const name of ['segments', 'heads', 'epochs']) mkdirSync(path.join(folder, name), { recursive: true });
    const bytes = encodeJournalFile({ version: 1, origin: ORIGIN, key: this.key, created: TIME });
    writeFileSync(path.join(folder, 'journal.json'), bytes);
    this.#digest = sha256(bytes);
  }

  /** The genesis verifier key. */
  get key(): string {
    return this.pair('genesis').key.text;
  }
  get size(): number {
    return this.#tree.end;
  }

  /** What a vacuum of everything so far would leave. */
  receipt(changes: object = {}): object {
    const last = { boundary: this.size, segment: this.#segment, hash: this.#prev, frontier: [...this.#tree.nodes] };
    return { number: 1, first: 1, ...last, bytes: 1, rule: 'older_than', window: '90d', ...changes };
  }

  pair(name: string): Pair {
    const known = this.#pairs.get(name);
    if (known !== undefined) return known;
    const signer = signerFromSeed(Buffer.from(sha256(Buffer.from(name)), 'hex'));
    const pair = { key: verifierKey(ORIGIN, signer.publicKey), signer };
    this.#pairs.set(name, pair);
    return pair;
  }

  /** Opens an epoch here, with keys `run<n>` and `resume<n>`. */
  epoch(number: number, by: string, changes: EpochChanges = {}): this {
    const { key, signer } = this.pair(by);
    const { root = this.#tree.root(), size = this.size } = changes;
    const runKey = this.pair(changes.runKey ?? `run${number}`).key;
    const resumeKey = this.pair(`resume${number}`).key;
    const note = signEpoch({ origin: ORIGIN, number, size, root, runKey, resumeKey }, key, signer);
    writeFileSync(path.join(this.directory, 'epochs', String(number)), note);
    return this;
  }

  /** Begins a segment with its usual records, changed as told. */
  begin(open: object = {}, state: object = {}): this {
    this.#segment += 1;
    this.#lines = [];
    const key = this.pair('run1').key.text;
    const segment = { number: this.#segment, run: 1, epoch: 1, key, journal: this.#digest, ...open };
    this.add('segment.open', { segment });
    this.add('state', { state: { capture: 'off', officers: [], holds: [], grants: [], ...state } });
    if (this.#segment > 1) return this;
    return this.add('journal.open', { journal: { version: 1, origin: ORIGIN, key: this.key, created: TIME } });
  }

  add(kind: string, members: object = {}): this {
    const record = { seq: this.size + 1, prev: this.#prev, kind, time: TIME, ...members };
    const line = JSON.stringify(record);
    this.#lines.push(line);
    this.#prev = nodeHasher.leaf(Buffer.from(line));
    this.#tree.append(this.#prev);
    writeFileSync(
      path.join(this.directory, 'segments', segmentName(this.#segment)),
      this.#lines.map((text) => `${text}\n`).join(''),
    );
    return this;
  }

  seal(reason: string): this {
    return this.add('seal', { seal: { segment: this.#segment, reason } });
  }

  /** Signs a head here. */
  head(by = 'run1'): this {
    const { key, signer } = this.pair(by);
    const note = signHead({ origin: ORIGIN, size: this.size, root: this.#tree.root() }, key, signer);
    writeFileSync(path.join(this.directory, 'heads', String(this.size)), note);
    writeFileSync(path.join(this.directory, 'checkpoint'), note);
    return this;
  }

  close(): this {
    return this.add('run.close', { run: { number: 1 } })
      .seal('run_close')
      .head();
  }
}
