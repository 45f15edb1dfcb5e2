/**
 * Framed JSON lines as values, through jsonl-parse-stringify. It splits a whole string at once, drops blank lines and
 * knows no line numbers: right for one line that LineGrammar has passed, or for a whole small file, and never for
 * looking at a segment.
 */
import library from 'jsonl-parse-stringify';

/** Node hands out the module of this CommonJS package, a bundler or a test runner its default export. */
const JSONL = library.default ?? (library as unknown as typeof library.default);

/** The object of each line; the caller checks every field it uses. @throws SyntaxError */
export function parseJsonLines(text: string): Readonly<Record<string, unknown>>[] {
  return JSONL.parse<unknown>(text).map((value) => {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  });
}

/** One line for each object, each with its newline. */
export function formatJsonLines(...objects: readonly object[]): string {
  return `${JSONL.stringify([...objects])}\n`;
}
