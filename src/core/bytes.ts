/**
 * Text forms of bytes. Decoding is strict: each byte string has exactly one accepted text, so that no bit of a signed
 * or hashed text can change without being noticed. Nothing here needs Node.
 */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/** Of each byte the two digits, as they stand in memory. */
const HEX_PAIRS = new Uint16Array(Uint8Array.from(HEX.join(''), (digit) => digit.charCodeAt(0)).buffer);

/** Puts lower-case hex at the beginning of `target`, two digits at a time: this runs for each line that is recorded. */
export function putHex(bytes: Uint8Array, target: Uint16Array): void {
  for (let i = 0; i < bytes.length; i += 1) target[i] = HEX_PAIRS[bytes[i] ?? 0] ?? 0;
}

/** The bytes of lower-case hex text, or `undefined` if it is anything else. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += i + 1 < bytes.length ? ALPHABET.charAt((group >> 6) & 63) : '=';
    text += i + 2 < bytes.length ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/**
 * The bytes of standard base64 text, or `undefined` if it is not the one encoding of its bytes. The bits that the last
 * character of a padded text leaves unused have to be zero: re-encoding is the test.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let group = 0;
  for (let i = 0; i < text.length; i += 1) {
    group = (group << 6) | Math.max(0, ALPHABET.indexOf(text.charAt(i)));
    if (i % 4 !== 3) continue;
    const at = (i >> 2) * 3;
    for (let j = 0; j < 3; j += 1) if (at + j < bytes.length) bytes[at + j] = (group >> (16 - 8 * j)) & 255;
    group = 0;
  }
  return encodeBase64(bytes) === text ? bytes : undefined;
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether two byte strings are the same. Not for secrets: it returns at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * A canonical decimal from 0 to 2^53 - 1 (no sign, no leading zero), or `undefined`.
 */
export function decodeDecimal(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** UTF-8 text of bytes, or `undefined` if they are not well-formed. A byte order mark is kept, so that it is seen. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** How many bytes, `max` at most, are the same in both from there on. Four at a time: this runs for each call that is recorded. */
export function commonLength(one: DataView, oneAt: number, other: DataView, otherAt: number, max: number): number {
  let length = 0;
  while (length + 4 <= max && one.getInt32(oneAt + length) === other.getInt32(otherAt + length)) length += 4;
  while (length < max && one.getUint8(oneAt + length) === other.getUint8(otherAt + length)) length += 1;
  return length;
}
