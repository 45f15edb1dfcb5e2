/** Columns that text takes in a terminal, so that tables stay aligned whatever stands in them. */

/** Text of one column for each UTF-16 unit: Latin, Greek, Cyrillic, dashes and dots, arrows, lines. Most text is this. */
const SIMPLE = /^[\x20-\x7e\xa1-\u02ff\u0370-\u0373\u0384-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u257f]*$/;

/** Combining marks and the later parts of a Hangul syllable: drawn onto the character before. */
const ZERO = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** East Asian wide and fullwidth blocks, and characters that are drawn as an emoji by default (Unicode UAX #11). */
const WIDE =
  /(?!\p{Regional_Indicator})\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

function characterWidth(character: string): 0 | 1 | 2 {
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * Expects text that `printable()` returned. Counted code point by code point, as terminals do, so that the width of
 * two texts is the sum of theirs, whatever the second one joins to; the joiners and variation selectors that would
 * make one picture of several characters are escapes by now.
 */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
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
  let shown = '';
  let used = 0;
  for (const character of text) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    shown += character;
    used += next;
  }
  return `${shown}…`;
}
