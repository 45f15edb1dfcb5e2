/** YAML that people write by hand, read so that every complaint names file, line and column. */
import type * as Fs from 'node:fs';
import type * as Yaml from 'yaml';
import type { Document, LineCounter } from 'yaml';
import { EgressError, systemCode, type ErrorCode } from '../core/error.js';

const FILE_BYTES_MAX = 65_536;
/**
 * The YAML parser's time grows with the square of nesting: 20 KB of `? ` take it many seconds. And an indentation of some
 * thousand columns makes it compile a regular expression that ends the process.
 */
const LINE_CHARS_MAX = 1_000;
const NESTED = /(?:[?\-:]\s+){16}|(?:[[{]\s*){16}/;

/** Where things stand in the file, as `file:line:column`. */
class Places {
  readonly #path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #yaml: typeof Yaml;

  constructor(path: string, document: Document, lines: LineCounter, yaml: typeof Yaml) {
    this.#path = path;
    this.#document = document;
    this.#lines = lines;
    this.#yaml = yaml;
  }

  at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#path}:${line}:${col}`;
  }

  /** Of the value under these keys, or of the nearest above it that is there. */
  ofValue(keys: readonly PropertyKey[]): string {
    for (let length = keys.length; length > 0; length -= 1) {
      const node: unknown = this.#document.getIn(keys.slice(0, length), true);
      if (this.#yaml.isNode(node)) return this.at(node.range?.[0] ?? 0);
    }
    return this.at(this.#document.contents?.range?.[0] ?? 0);
  }

  /** Of a key in the map under `keys`. */
  ofKey(keys: readonly PropertyKey[], name: string): string {
    const map: unknown = keys.length === 0 ? this.#document.contents : this.#document.getIn([...keys], true);
    const pairs = this.#yaml.isMap(map) ? map.items : [];
    const found = pairs.map((pair) => pair.key).find((key) => this.#yaml.isScalar(key) && key.value === name);
    return this.#yaml.isNode(found) ? this.at(found.range?.[0] ?? 0) : this.ofValue(keys);
  }
}

export interface YamlFile {
  /** Plain data; an empty file is an empty object. */
  readonly value: unknown;
  readonly places: Places;
}

/**
 * @param code of the error that is thrown for anything but plain YAML in a regular file of at most 64 KiB
 * @param shown its name in complaints
 * @returns undefined if there is no such file
 */
export async function readYamlFile(
  path: string,
  fs: typeof Fs,
  code: ErrorCode,
  shown = path,
): Promise<YamlFile | undefined> {
  const text = readText(path, fs, code);
  return text === undefined ? undefined : parseYaml(shown, text, code);
}

function readText(path: string, fs: typeof Fs, code: ErrorCode): string | undefined {
  let fd: number;
  try {
    // Not to wait for a writer if somebody put a FIFO here.
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof EgressError) throw error;
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new EgressError(code, `cannot read ${path}`, { cause: error });
  }
  try {
    if (!fs.fstatSync(fd).isFile()) throw new EgressError(code, `${path} is not a regular file`);
    const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
    const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
    if (length > FILE_BYTES_MAX) throw new EgressError(code, `${path} is larger than ${FILE_BYTES_MAX} bytes`);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof EgressError) throw error;
    throw new EgressError(code, `cannot read ${path}`, { cause: error });
  } finally {
    fs.closeSync(fd);
  }
}

/** @param path named in errors */
export async function parseYaml(path: string, text: string, code: ErrorCode): Promise<YamlFile> {
  const long = text.split('\n').findIndex((line) => line.length > LINE_CHARS_MAX);
  if (long >= 0) {
    throw new EgressError(code, `${path}:${long + 1}: the line is longer than ${LINE_CHARS_MAX} characters`);
  }
  if (NESTED.test(text)) throw new EgressError(code, `${path} is nested deeper than it needs to be`);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  let document: Document;
  let value: unknown;
  try {
    document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    // No aliases: a few lines of them can stand for gigabytes.
    value = document.errors.length + document.warnings.length > 0 ? null : document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new EgressError(code, `${path} is not plain YAML`, { cause: error });
  }
  const places = new Places(path, document, lines, yaml);
  // A warning is about a tag that nobody defined: what its value means is not certain.
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    throw new EgressError(code, `${places.at(broken.pos[0])}: ${broken.message}`, { cause: broken });
  }
  return { value: value ?? {}, places };
}
