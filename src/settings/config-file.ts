import type * as Fs from 'node:fs';
import type * as Yaml from 'yaml';
import type { Document, LineCounter } from 'yaml';
import { EgressError, systemCode } from '../core/error.js';
import { suggestion } from '../core/suggestion.js';
import { DEFINITIONS, SETTING_NAMES } from './setting.js';

const CONFIG_BYTES_MAX = 65_536;

/** A config file's settings as text by key, each with the place it stands at. */
export type ConfigEntries = ReadonlyMap<string, { readonly text: string; readonly place: string }>;

/** @returns undefined if there is no such file */
function readConfigText(path: string, fs: typeof Fs): string | undefined {
  let fd: number;
  try {
    // Not to wait for a writer if somebody put a FIFO here.
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new EgressError('SETTINGS_INVALID', `cannot read ${path}`, { cause: error });
  }
  try {
    if (!fs.fstatSync(fd).isFile()) throw new EgressError('SETTINGS_INVALID', `${path} is not a regular file`);
    const bytes = Buffer.alloc(CONFIG_BYTES_MAX + 1);
    const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
    if (length > CONFIG_BYTES_MAX) {
      throw new EgressError('SETTINGS_INVALID', `${path} is larger than ${CONFIG_BYTES_MAX} bytes`);
    }
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof EgressError) throw error;
    throw new EgressError('SETTINGS_INVALID', `cannot read ${path}`, { cause: error });
  } finally {
    fs.closeSync(fd);
  }
}

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

  /** Of the value under these keys. */
  ofValue(keys: readonly PropertyKey[]): string {
    const node: unknown = keys.length === 0 ? this.#document.contents : this.#document.getIn([...keys], true);
    return this.at(this.#yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0);
  }

  /** Of a key at the top. */
  ofKey(name: string): string {
    const { contents } = this.#document;
    const pairs = this.#yaml.isMap(contents) ? contents.items : [];
    const keys = pairs.map((pair) => pair.key).filter((key) => this.#yaml.isScalar(key));
    return this.at(keys.find((key) => key.value === name)?.range?.[0] ?? 0);
  }
}

const KEYS: readonly string[] = SETTING_NAMES.map((name) => DEFINITIONS[name].key);

/**
 * @throws SETTINGS_INVALID with file, line and column, for anything but known settings of the right type
 * @returns undefined if there is no such file
 */
export async function readConfigFile(path: string, fs: typeof Fs): Promise<ConfigEntries | undefined> {
  const text = readConfigText(path, fs);
  if (text === undefined) return undefined;
  const [yaml, { configSchema }] = await Promise.all([import('yaml'), import('./config-schema.js')]);
  const lines = new yaml.LineCounter();
  let document: Document;
  let value: unknown;
  try {
    document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    // No aliases: a few lines of them can stand for gigabytes.
    value = document.errors.length + document.warnings.length > 0 ? null : document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new EgressError('SETTINGS_INVALID', `${path} is not plain YAML`, { cause: error });
  }
  const places = new Places(path, document, lines, yaml);
  // A warning is about a tag that nobody defined: what its value means is not certain.
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    throw new EgressError('SETTINGS_INVALID', `${places.at(broken.pos[0])}: ${broken.message}`, { cause: broken });
  }
  const parsed = configSchema.safeParse(value ?? {});
  if (parsed.success) {
    const entries = Object.entries(parsed.data);
    return new Map(entries.map(([key, item]) => [key, { text: String(item), place: places.ofValue([key]) }]));
  }
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const hint = suggestion(key, KEYS) ?? `The settings are ${KEYS.join(', ')}.`;
    throw new EgressError('SETTINGS_INVALID', `${places.ofKey(key)}: there is no setting ${key}`, { hint });
  }
  const at = issue?.path ?? [];
  const what = at.length === 0 ? 'the file' : String(at[0]);
  throw new EgressError('SETTINGS_INVALID', `${places.ofValue(at)}: ${what}: ${issue?.message ?? 'invalid'}`);
}
