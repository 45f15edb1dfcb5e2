/**
 * Text that a stranger chose (a host, a path, a file name, a package) is shown only through here. A terminal obeys
 * control characters, and a reader is fooled by characters that are invisible or turn the writing direction, so all of
 * them become visible escapes: `\x1b`, `\u202e`, `\u{e0041}`. The log of a CI job is a terminal, too: its runner obeys
 * `##[name]` and `##vso[…]` anywhere in a line, so the second of two `#` is escaped as well.
 */

/**
 * Control and format characters, lone surrogates, private use and unassigned code points, every blank but the plain
 * space, and whatever Unicode lets a renderer leave out (fillers, joiners, variation selectors, tags).
 */
const UNSAFE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|(?<=#)#/gu;

const PLAIN = /^(?!.*##)[\x20-\x7e]*$/;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/**
 * The text as it may be written to a terminal, a log or a page: printable characters only, on one line.
 * Printable ASCII without `##` comes back unchanged; applying it twice changes nothing.
 * @param max most UTF-16 units that come back; a cut is marked with `…`
 */
export function printable(text: string, { max = 1_024 }: { readonly max?: number } = {}): string {
  if (PLAIN.test(text))
    return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}${max > 0 ? '…' : ''}`;
  // No more than `max` units of the input can be shown, so no more are looked at, however long it is.
  const escaped = text.slice(0, max + 1).replace(UNSAFE, escapeCharacter);
  if (text.length <= max && escaped.length <= max) return escaped;
  return cut(text, max);
}

/** Takes whole characters, escaped or not, as long as they and the mark of the cut fit. */
function cut(text: string, max: number): string {
  let shown = '';
  let before = '';
  for (const character of text.slice(0, max + 1)) {
    const next =
      character === '#' && before === '#' ? escapeCharacter(character) : character.replace(UNSAFE, escapeCharacter);
    if (shown.length + next.length > max - 1) break;
    shown += next;
    before = character;
  }
  return max > 0 ? `${shown}…` : '';
}

/**
 * JSON text that is safe to show: the same value, with unsafe characters inside its strings as `\uXXXX`. JSON allows
 * C1, bidi and invisible characters in strings; a terminal does not forgive them.
 */
export function printableJson(json: string): string {
  return json.replace(/(?![ \n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|(?<=#)#/gu, (character) => {
    let escaped = '';
    for (let i = 0; i < character.length; i += 1) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
