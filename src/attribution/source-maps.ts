import type { SourceMap } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BoundedCache } from './bounded-cache.js';
import { codePath, isInstalled } from './code-path.js';
import type { FileReader } from './file-reader.js';
import { decodeSourceMap } from './map-payload.js';

/** A script, or its map: bundles of large applications stay below. */
const TEXT_BYTES_MAX = 16_777_216;
const SCRIPTS_MAX = 1_024;
/** Mappings of all maps of a run; Node keeps about 100 bytes for each. */
const MAPPINGS_MAX = 2_000_000;
const MARK = 'sourceMappingURL=';
const COMMENT = /^\/\/[#@] ?sourceMappingURL=(\S+)\s*$/;
const INLINE = /^data:application\/json;(?:charset=utf-?8;)?base64,/i;
const WEBPACK = /^webpack:\/\/[^/]*\/+/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

export interface Position {
  readonly file: string;
  readonly line: number;
  /** The script names a source map that does not tell where this position came from. */
  readonly lost?: true;
}

interface Script {
  readonly map?: SourceMap;
  /** Folder where relative sources begin. */
  readonly base: string;
  /** Folder of the package that the script belongs to. */
  readonly root: string;
  readonly named: boolean;
}

/**
 * Leads positions in the application's bundles back to where the code came from. Maps inside `node_modules` are not
 * used: a package could write one that lays its calls at another's door.
 */
export class SourceMaps {
  readonly #files: FileReader;
  readonly #rootOf: (file: string) => string;
  readonly #scripts = new BoundedCache<string, Script>(SCRIPTS_MAX);
  #mappingsLeft = MAPPINGS_MAX;

  /** @param rootOf folder of the package that a file belongs to */
  constructor(files: FileReader, rootOf: (file: string) => string) {
    this.#files = files;
    this.#rootOf = rootOf;
  }

  /**
   * @param file absolute, normalised path
   * @param line from 1
   * @param column from 1
   */
  original(file: string, line: number, column: number): Position {
    if (isInstalled(file)) return { file, line };
    const script = this.#scripts.get(file, () => this.#read(file));
    if (!script.named) return { file, line };
    const entry = script.map?.findEntry(line - 1, column - 1);
    if (!entry || !('originalSource' in entry) || entry.originalLine < 0) return { file, line, lost: true };
    const source = sourcePath(entry.originalSource, script);
    return source === undefined ? { file, line, lost: true } : { file: source, line: entry.originalLine + 1 };
  }

  #read(file: string): Script {
    const folder = path.posix.dirname(file);
    const root = this.#rootOf(file);
    const url = this.#mapUrl(file);
    const decoded = url === undefined ? undefined : decodeSourceMap(this.#mapText(url, folder), this.#mappingsLeft);
    if (!decoded) return { base: folder, root, named: url !== undefined };
    this.#mappingsLeft -= decoded.mappings;
    const base = sourcePath(decoded.sourceRoot, { base: folder, root }) ?? folder;
    return { map: decoded.map, base, root, named: true };
  }

  /** The comment has to end the script, as in ECMA-426; the same words inside a string name nothing. */
  #mapUrl(file: string): string | undefined {
    const text = this.#files.readText(file, TEXT_BYTES_MAX) ?? '';
    const at = text.lastIndexOf(MARK);
    if (at < 0) return undefined;
    return COMMENT.exec(text.slice(text.lastIndexOf('//', at)))?.[1];
  }

  /** An external map has to lie beside its script: to follow a path anywhere would let a script choose what is read. */
  #mapText(url: string, folder: string): string {
    const inline = INLINE.exec(url)?.[0];
    if (inline !== undefined) return Buffer.from(url.slice(inline.length), 'base64').toString('utf8');
    const folderUrl = pathToFileURL(`${folder}/`).href;
    const file = URL.canParse(url, folderUrl) ? codePath(new URL(url, folderUrl).href) : undefined;
    if (file === undefined || path.posix.dirname(file) !== folder) return '';
    return this.#files.readText(file, TEXT_BYTES_MAX) ?? '';
  }
}

/** Absolute path of a source. Bundlers use schemes of their own; only webpack's leads to a file, from the root. */
function sourcePath(source: unknown, { base, root }: Pick<Script, 'base' | 'root'>): string | undefined {
  if (typeof source !== 'string' || source.includes('\0')) return undefined;
  if (source.startsWith('file://')) return codePath(source);
  if (WEBPACK.test(source)) return path.posix.join(root, source.replace(WEBPACK, ''));
  return SCHEME.test(source) ? undefined : path.posix.resolve(base, source);
}
