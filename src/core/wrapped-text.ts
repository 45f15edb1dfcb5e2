/** Sentences in lists, broken between words so that they fit the narrowest usual terminal. */
import { displayWidth } from './display-width.js';

const COLUMNS = 80;

/**
 * A sentence behind its bullet; further lines stand below its first word.
 * @param bullet may be coloured; @param indent columns that it takes
 */
export function wrapped(bullet: string, indent: number, text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(next) > COLUMNS - indent) {
      lines.push(line);
      line = word;
    } else line = next;
  }
  lines.push(line);
  return lines.map((one, at) => (at === 0 ? `${bullet}${one}` : `${' '.repeat(indent)}${one}`));
}
