import { LINE_BYTES_MAX } from '../core/limits.js';

const COMMON_MEMBERS: ReadonlySet<string> = new Set(['seq', 'prev', 'kind', 'time']);

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A stored line, read without trusting it: anybody may have written the file. Every accessor gives a value of the type
 * it names or undefined, whatever stands in the line; nothing throws. Whether the line is valid is for `verify` to say.
 */
export class RecordView {
  readonly #value: unknown;

  private constructor(value: unknown) {
    this.#value = value;
  }

  /** @returns undefined for bytes that are not one JSON object of at most LINE_BYTES_MAX bytes */
  static decode(line: Uint8Array): RecordView | undefined {
    if (line.length > LINE_BYTES_MAX) return undefined;
    try {
      const value: unknown = JSON.parse(decoder.decode(line));
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? new RecordView(value) : undefined;
    } catch {
      return undefined;
    }
  }

  /** All members, for showing them whatever they are. */
  toObject(): Readonly<Record<string, unknown>> {
    return this.#value as Record<string, unknown>;
  }

  /** All but seq, prev, kind and time, which every record has. */
  body(): Readonly<Record<string, unknown>> {
    const members = Object.entries(this.toObject());
    return Object.fromEntries(members.filter(([name]) => !COMMON_MEMBERS.has(name)));
  }

  get kind(): string {
    return this.text('kind') ?? '?';
  }

  get seq(): number | undefined {
    return this.integer('seq');
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.#at(path);
    return typeof value === 'string' ? value : undefined;
  }

  integer(...path: readonly string[]): number | undefined {
    const value = this.#at(path);
    return Number.isSafeInteger(value) ? (value as number) : undefined;
  }

  /** Whether the member is there and true. */
  flag(...path: readonly string[]): boolean {
    return this.#at(path) === true;
  }

  has(...path: readonly string[]): boolean {
    return this.#at(path) !== undefined;
  }

  /** Strings of a list; items of another type are left out. */
  texts(...path: readonly string[]): readonly string[] {
    return this.#list(path).filter((item) => typeof item === 'string');
  }

  /** Lists inside a list, such as the frames of a call site: each as its texts and numbers. */
  tuples(...path: readonly string[]): readonly (readonly (string | number)[])[] {
    return this.#list(path)
      .filter((item): item is unknown[] => Array.isArray(item))
      .map((tuple) => tuple.filter((item) => typeof item === 'string' || typeof item === 'number'));
  }

  /** Objects inside a list. */
  views(...path: readonly string[]): readonly RecordView[] {
    return this.#list(path)
      .filter((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
      .map((item) => new RecordView(item));
  }

  integers(...path: readonly string[]): readonly number[] {
    return this.#list(path).filter((item): item is number => Number.isSafeInteger(item));
  }

  #list(path: readonly string[]): readonly unknown[] {
    const value = this.#at(path);
    return Array.isArray(value) ? value : [];
  }

  #at(path: readonly string[]): unknown {
    let value = this.#value;
    for (const name of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
    }
    return value;
  }
}
