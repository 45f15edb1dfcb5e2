import { displayWidth } from '../../core/display-width.js';

/** Breaks plain text into lines of at most `width` columns: at blanks where that goes, else anywhere. Nothing is left out. */
export function fold(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = cutEvery(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

function cutEvery(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces = [''];
  let used = 0;
  for (const character of word) {
    const next = displayWidth(character);
    if (used + next > width && used > 0) {
      pieces.push('');
      used = 0;
    }
    pieces.push(`${pieces.pop() ?? ''}${character}`);
    used += next;
  }
  return pieces;
}
