/** What a byte of a line may be part of; a table look-up costs less than comparisons. */

export const PLAIN = 1;
export const KEY_START = 2;
export const KEY_REST = 4;
export const HEX_DIGIT = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLASS = new Uint8Array(256);

function mark(characters: string, what: number): void {
  for (const character of characters) {
    const byte = character.charCodeAt(0);
    CLASS[byte] = (CLASS[byte] ?? 0) | what;
  }
}

for (let byte = 0x20; byte < 0x80; byte += 1) if (byte !== QUOTE && byte !== BACKSLASH) CLASS[byte] = PLAIN;
mark('abcdefghijklmnopqrstuvwxyz', KEY_START | KEY_REST);
mark('0123456789_', KEY_REST);
mark('0123456789abcdef', HEX_DIGIT);

/** Whether the byte belongs to a class; undefined belongs to none. */
export const is = (byte: number | undefined, what: number): boolean => ((CLASS[byte ?? 0] ?? 0) & what) !== 0;

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** A byte of UTF-8 after the first of its character. */
export const isContinuation = (byte: number): boolean => byte >= 0x80 && byte <= 0xbf;
