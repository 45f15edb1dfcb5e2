/**
 * The header of one tar entry, as POSIX 1988 has it (ustar): 512 bytes of text fields and octal numbers. Of all that tar
 * can hold, a bundle needs regular files and folders with short names. This is not a general tar library on purpose: a
 * small reader that refuses links, devices, long-name and extended headers cannot be led anywhere by them, and
 * everybody's `tar` reads what is written.
 */
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';

export const BLOCK_BYTES = 512;
const NAME_SHOWN = 120;

/** Eleven octal digits. */
const FILE_BYTES_MAX = 8 ** 11 - 1;

type EntryType = 'file' | 'folder';

export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly type: EntryType;
}

const TYPES: Readonly<Record<string, EntryType>> = { '0': 'file', '\0': 'file', '5': 'folder' };

/** Offset and length of each field. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/** Owner, mode and time say nothing about the evidence, so they are always the same: the same files give the same bytes. */
const FIXED = { mode: '0000644', uid: '0000000', gid: '0000000' } as const;

/** @param seconds time of the file, since 1970 @throws EXPORT_REFUSED for a file that the format has no number for */
export function encodeHeader(name: string, bytes: number, seconds: number): Buffer {
  if (bytes > FILE_BYTES_MAX) {
    throw new EgressError('EXPORT_REFUSED', `${name} is too long for an archive: ${bytes} bytes`, {
      hint: 'Export into a folder.',
    });
  }
  const header = Buffer.alloc(BLOCK_BYTES);
  const put = (field: keyof typeof FIELDS, text: string): void => {
    header.write(text, FIELDS[field][0], FIELDS[field][1], 'latin1');
  };
  const octal = (value: number): string => value.toString(8).padStart(11, '0');
  put('name', name);
  put('mode', FIXED.mode);
  put('uid', FIXED.uid);
  put('gid', FIXED.gid);
  put('size', octal(bytes));
  put('mtime', octal(seconds));
  put('type', '0');
  put('magic', 'ustar\x0000');
  put('checksum', `${checksum(header).toString(8).padStart(6, '0')}\0 `);
  return header;
}

/** Sum of all bytes, its own field counted as blanks. */
function checksum(header: Uint8Array): number {
  const [at, length] = FIELDS.checksum;
  return header.reduce((sum, byte, index) => sum + (index >= at && index < at + length ? 0x20 : byte), 0);
}

export function tarInvalid(why: string, hint = 'Ask for the bundle again.'): EgressError {
  return new EgressError('BUNDLE_INVALID', `not a bundle: ${why}`, { hint });
}

/** The name of an entry, which whoever made the archive chose. */
export const shown = (name: string): string => printable(name, { max: NAME_SHOWN });

/** Whether a file begins like a tar archive. */
export function isTarHeader(block: Buffer): boolean {
  return block.length >= BLOCK_BYTES && text(block, 'magic').startsWith('ustar');
}

function text(header: Buffer, field: keyof typeof FIELDS): string {
  const [at, length] = FIELDS[field];
  const raw = header.toString('latin1', at, at + length);
  const end = raw.indexOf('\0');
  return end < 0 ? raw : raw.slice(0, end);
}

/** @throws BUNDLE_INVALID for anything but the header of a file or folder */
export function decodeHeader(header: Buffer): TarEntry {
  const number = (field: 'size' | 'checksum'): number => {
    const digits = /^ *([0-7]{1,11}) *$/.exec(text(header, field))?.[1];
    if (digits === undefined) throw tarInvalid('its archive has an entry with a malformed header');
    return Number.parseInt(digits, 8);
  };
  if (!isTarHeader(header) || number('checksum') !== checksum(header)) {
    throw tarInvalid('its archive is damaged, or is no tar archive');
  }
  const prefix = text(header, 'prefix');
  const name = `${prefix === '' ? '' : `${prefix}/`}${text(header, 'name')}`;
  const type = TYPES[header.toString('latin1', FIELDS.type[0], FIELDS.type[0] + 1)];
  if (type === undefined) {
    throw tarInvalid(
      `its archive holds a link, a device or a header of a later tar: ${shown(name)}`,
      'If you trust your own tar: unpack it in an empty folder and verify that folder.',
    );
  }
  const bytes = number('size');
  if (type === 'folder' && bytes !== 0) throw tarInvalid('its archive has a folder with content');
  return { name, bytes, type };
}
