/** Records of a segment by their number, out of lines of which most are passed over undecoded. */
import { readFile, type FileSystem } from '../keys/file-system.js';
import { decodeRecord } from './lines/line.js';
import { LineGrammar } from './lines/line-grammar.js';
import { readLines } from './lines/line-source.js';

/**
 * @param wanted numbers; those of lines that are not here, or are no lines, are not taken
 * @param take what is wanted of a record; they may be many, and long
 * @throws JOURNAL_UNREADABLE
 */
export function readNumbered(
  fs: FileSystem,
  file: string,
  wanted: ReadonlySet<number>,
  take: (seq: number, record: Readonly<Record<string, unknown>>) => void,
): void {
  const grammar = new LineGrammar();
  let left = wanted.size;
  readFile(fs, file, (fd) =>
    readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, {
      line(buffer, start, end) {
        if (!grammar.check(buffer, start, end) || !wanted.has(grammar.seq)) return true;
        take(grammar.seq, decodeRecord(buffer.subarray(start, end)));
        left -= 1;
        return left > 0;
      },
      oversized: () => false,
    }),
  );
}
