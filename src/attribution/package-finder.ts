import path from 'node:path';
import { NAME_CHARS_MAX } from '../core/limits.js';
import { cap } from '../event/redaction.js';
import { BoundedCache } from './bounded-cache.js';
import { installedPath, isInstalled, isPackageName } from './code-path.js';
import type { FileReader } from './file-reader.js';

/** A package that has code on a stack. */
export interface CodePackage {
  readonly name: string;
  readonly version?: string;
  /** Folder of its package.json, or where that would be. */
  readonly root: string;
  /** Not from a `node_modules` folder: the application, or a workspace of it. */
  readonly firstParty: boolean;
  /** Its package.json was read and does not contradict the path. */
  readonly documented: boolean;
}

const MANIFEST_BYTES_MAX = 1_048_576;
const PACKAGES_MAX = 4_096;
/** Folders that are searched upwards for the package.json of an application. */
const LEVELS_MAX = 32;
/** SemVer's alphabet; also keeps anything that could disturb a terminal or a purl out of records. */
const VERSION = /^[0-9A-Za-z.+-]{1,64}$/;

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

/** `name` and `version` of a package.json, each left out unless it is well-formed; undefined if it is no JSON object. */
function decodeManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, version } = value as { name?: unknown; version?: unknown };
  return {
    ...(typeof name === 'string' && isPackageName(name) && { name }),
    ...(typeof version === 'string' && VERSION.test(version) && { version }),
  };
}

/** Tells which package a file belongs to. */
export class PackageFinder {
  readonly #files: FileReader;
  readonly #cwd: string;
  readonly #installed = new BoundedCache<string, CodePackage>(PACKAGES_MAX);
  readonly #folders = new BoundedCache<string, CodePackage>(PACKAGES_MAX);

  /** @param cwd working directory of the program; names an application without any package.json */
  constructor(files: FileReader, cwd: string) {
    this.#files = files;
    this.#cwd = cwd;
  }

  /** @param file absolute, normalised path */
  find(file: string): CodePackage | undefined {
    if (!isInstalled(file)) return this.#inFolder(path.posix.dirname(file));
    const installed = installedPath(file);
    return installed && this.#installed.get(installed.root, () => this.#readInstalled(installed.name, installed.root));
  }

  /**
   * The folder gives the name, as that is what was asked for at install time; package.json is the package's own word.
   * If the two differ it is an alias or a false name: then neither version nor purl is claimed.
   */
  #readInstalled(name: string, root: string): CodePackage {
    const manifest = this.#manifest(root);
    const documented = manifest?.name === name;
    return {
      name,
      root,
      firstParty: false,
      documented,
      ...(documented && manifest.version !== undefined && { version: manifest.version }),
    };
  }

  #inFolder(folder: string): CodePackage {
    return this.#folders.get(folder, () => this.#searchUpwards(folder));
  }

  /**
   * The nearest package.json that has a name. `{"type": "module"}` in a build folder has none and is passed over; but
   * if no named one follows, that folder is the application, else the working directory, else the file's own folder.
   */
  #searchUpwards(start: string): CodePackage {
    let unnamed: string | undefined;
    let folder = start;
    for (let level = 0; level < LEVELS_MAX; level += 1) {
      const manifest = this.#manifest(folder);
      if (manifest?.name !== undefined) {
        return { ...manifest, name: manifest.name, root: folder, firstParty: true, documented: true };
      }
      if (manifest) unnamed ??= folder;
      if (folder === '/') break;
      folder = folder.slice(0, folder.lastIndexOf('/')) || '/';
    }
    const root = unnamed ?? (start === this.#cwd || start.startsWith(`${this.#cwd}/`) ? this.#cwd : start);
    return { name: cap(path.posix.basename(root) || '/', NAME_CHARS_MAX), root, firstParty: true, documented: false };
  }

  #manifest(folder: string): Manifest | undefined {
    const text = this.#files.readText(`${folder}/package.json`, MANIFEST_BYTES_MAX);
    return text === undefined ? undefined : decodeManifest(text);
  }
}
