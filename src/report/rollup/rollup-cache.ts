/**
 * Rollups of closed segments, kept in the reader's own cache folder, so that a large journal is counted once. They are
 * a convenience and no evidence: one that does not belong to the very file that lies there now is ignored, and
 * `--no-cache` counts afresh.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { fileSystem, readSmallFile, replaceFile } from '../../keys/file-system.js';
import type { Rollup } from './rollup.js';
import { decodeRollup, encodeRollup } from './rollup-json.js';

/** Raised whenever the same records would be counted otherwise. */
const SCHEMA = 9;
const FILE_BYTES_MAX = 64 << 20;

/** `$XDG_CACHE_HOME/egress`, else `~/.cache/egress`. A relative path counts as unset. */
export function cacheBase(env: Readonly<Record<string, string | undefined>>): string {
  const cache = env['XDG_CACHE_HOME'];
  return path.join(cache !== undefined && path.isAbsolute(cache) ? cache : path.join(homedir(), '.cache'), 'egress');
}

export class RollupCache {
  readonly #folder: string;
  readonly #layout: JournalLayout;
  readonly #judge: string;

  /**
   * @param judge digest of what decided on classes, rules and vendors
   */
  constructor(base: string, directory: string, judge: string) {
    this.#layout = new JournalLayout(directory);
    this.#judge = judge;
    const journal = readSmallFile(fileSystem, this.#layout.journalFile, SMALL_FILE_BYTES_MAX) ?? Buffer.alloc(0);
    this.#folder = path.join(base, 'rollups', sha256(journal).slice(0, 32));
  }

  /** @param end leaf hash of the segment's last line */
  load(segment: number, end: string): Rollup | undefined {
    try {
      const [header = '', body = ''] = this.#read(segment).split('\n');
      return header === this.#header(segment, end, body) ? decodeRollup(body) : undefined;
    } catch {
      // Missing, damaged, from another version: it is counted again.
      return undefined;
    }
  }

  save(segment: number, end: string, rollup: Rollup): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const body = encodeRollup(rollup);
      if (body.length > FILE_BYTES_MAX / 4) return;
      replaceFile(
        fileSystem,
        this.#file(segment),
        Buffer.from(`${this.#header(segment, end, body)}\n${body}\n`),
        0o600,
      );
    } catch {
      // A home that cannot be written to costs time and nothing else.
    }
  }

  #read(segment: number): string {
    const file = this.#file(segment);
    // What others could have put there is not taken for what we counted.
    if (process.getuid !== undefined && statSync(file).uid !== process.getuid()) return '';
    return readSmallFile(fileSystem, file, FILE_BYTES_MAX)?.toString() ?? '';
  }

  /**
   * What a rollup is bound to: the segment's file as the system knows it (whoever changes its content moves ctime), the
   * end of its chain, the judge, and the rollup's own text.
   */
  #header(segment: number, end: string, body: string): string {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(this.#layout.segment(segment), { bigint: true });
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join('.');
    return `egress-rollup/${SCHEMA} ${segment} ${identity} ${end} ${this.#judge} ${sha256(Buffer.from(body))}`;
  }

  #file(segment: number): string {
    return path.join(this.#folder, `${segment}-${sha256(Buffer.from(this.#judge)).slice(0, 16)}`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
