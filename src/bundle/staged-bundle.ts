/**
 * A bundle while it is made: a folder beside the place where it is to be. It gets its name, or is packed, when all of
 * it is there, so that nobody takes half a bundle for one.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileDigest } from '../archive/file-digest.js';
import { packFiles } from '../archive/tar-writer.js';
import { bundleFiles } from '../audit/parts/bundle-source.js';
import { EgressError, systemCode } from '../core/error.js';
import {
  DESCRIPTION_FILE,
  formatDescription,
  formatSums,
  SUMS_FILE,
  type BundleKind,
} from '../journal/evidence/bundle.js';

const ARCHIVE = /\.(tar\.gz|tgz)$/;

export class StagedBundle {
  /** Where it will be. */
  readonly target: string;
  readonly kind: BundleKind;
  /** Where it is now. */
  readonly folder: string;
  readonly #stage: string;

  /** @throws USAGE if the target exists, or its folder cannot be written */
  constructor(target: string, kind: BundleKind) {
    this.target = path.resolve(target);
    this.kind = kind;
    if (existsSync(this.target)) {
      throw new EgressError('USAGE', `${target} exists already`, {
        hint: 'A bundle is never added to: name a new one.',
      });
    }
    try {
      mkdirSync(path.dirname(this.target), { recursive: true });
      this.#stage = mkdtempSync(`${this.target}.new-`);
      this.folder = path.join(this.#stage, this.#name);
      mkdirSync(this.folder);
    } catch (error) {
      throw unwritable(target, error);
    }
  }

  /** Of the folder that unpacking gives. */
  get #name(): string {
    return (
      path
        .basename(this.target)
        .replace(ARCHIVE, '')
        .replace(/[^A-Za-z0-9._-]/g, '-')
        .replace(/^[.-]+/, '') || 'bundle'
    );
  }

  get #isArchive(): boolean {
    return ARCHIVE.test(this.target);
  }

  /** Puts a file in. @param name relative to the bundle */
  write(name: string, content: string | Uint8Array): void {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content, { flag: 'wx' });
  }

  /**
   * Lists the files, and puts the bundle in place.
   * @param seconds time that the files of an archive get, since 1970
   * @returns how many files it has
   * @throws USAGE if the system refuses
   */
  async finish(seconds: number): Promise<number> {
    this.write(DESCRIPTION_FILE, formatDescription(this.kind));
    const listed = bundleFiles(this.folder);
    const sums = new Map(listed.map((name) => [name, fileDigest(path.join(this.folder, name))]));
    this.write(SUMS_FILE, formatSums(sums));
    const names = [...listed, SUMS_FILE].sort();
    try {
      if (this.#isArchive) {
        const packed = path.join(this.#stage, 'packed');
        await packFiles(packed, { folder: this.folder, names, top: this.#name, seconds });
        renameSync(packed, this.target);
      } else renameSync(this.folder, this.target);
    } catch (error) {
      throw unwritable(this.target, error);
    }
    return names.length;
  }

  /** Removes what is left of the making, whether it was finished or not. */
  discard(): void {
    rmSync(this.#stage, { recursive: true, force: true });
  }
}

function unwritable(target: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof EgressError || code === undefined) return error;
  return new EgressError('USAGE', `cannot write ${target}: ${code}`, { cause: error });
}
