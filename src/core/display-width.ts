/** Columns that text takes in a terminal, so that tables stay aligned whatever stands in them. */

/**
 * Latin, Greek and Cyrillic letters, dashes and dots, arrows, lines: one column for each UTF-16 unit. Segmenting text
 * into graphemes costs a hundred times as much as this test, and most text passes it.
 */
const SIMPLE = /^[\x20-\x7e\xa1-\u02ff\u0370-\u0373\u0384-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u257f]*$/;

/** East Asian wide and fullwidth blocks, and characters that are drawn as an emoji by default (Unicode UAX #11). */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

let segmenter: Intl.Segmenter | undefined;

/** Expects text that `printable()` returned. A base character and its combining marks count once. */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Fills up with spaces to `width` columns; longer text comes back as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Cuts to at most `width` columns and marks the cut with `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return '';
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let shown = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = WIDE.test(segment) ? 2 : 1;
    if (used + next > width - 1) break;
    shown += segment;
    used += next;
  }
  return `${shown}…`;
}
