/** IP addresses and ranges of them. */
import { isIP } from '#platform';

export interface AddressRange {
  readonly kind: 'range';
  readonly text: string;
  readonly contains: (address: string) => boolean;
}

/**
 * @param text one address, or a range in canonical CIDR notation
 * @returns a sentence that says what is wrong, or the range
 */
export function parseAddressRange(text: string): AddressRange | string {
  const [address = '', length] = text.split('/');
  const version = isIP(address);
  if (version === 0) return 'not an IP address';
  const bitsMax = version === 4 ? 32 : 128;
  const bits = length === undefined ? bitsMax : Number(length);
  if (length !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(length)) return 'the part after / is not a number of bits';
  if (bits > bitsMax) return `an IPv${version} range has at most ${bitsMax} bits`;
  const bytes = addressBytes(address);
  const kept = bits + 128 - bitsMax;
  // Such a range is probably a mistake about which one is meant.
  if (bytes.some((byte, at) => (byte & ~maskOf(at, kept)) !== 0)) return `bits are set beyond the first ${bits}`;
  return {
    kind: 'range',
    text,
    contains: (other) => {
      const others = askedBytes(other);
      // Of an IPv6 range the IPv4 addresses are no part, although their mapped form lies within ::/16, say.
      if (others === undefined || (kept < MAPPED_BITS && isMapped(others))) return false;
      for (let at = 0; at * 8 < kept; at += 1) {
        if (bytes[at] !== ((others[at] ?? 0) & maskOf(at, kept))) return false;
      }
      return true;
    },
  };
}

/** The address that was asked about last: one call is compared with all ranges of a policy, of which there may be many. */
let asked: { readonly text: string; readonly bytes: readonly number[] | undefined } = { text: '', bytes: undefined };

/** @returns undefined for what is no address */
function askedBytes(text: string): readonly number[] | undefined {
  if (asked.text !== text) {
    const plain = text.replace(/%.*$/, '');
    asked = { text, bytes: isIP(plain) === 0 ? undefined : addressBytes(plain) };
  }
  return asked.bytes;
}

/** What of the byte `at` lies within the first `bits`. */
function maskOf(at: number, bits: number): number {
  const kept = Math.min(8, Math.max(0, bits - at * 8));
  return (0xff00 >> kept) & 0xff;
}

/** The sixteen bytes of an address; an IPv4 address is the one in `::ffff:0:0/96` that stands for it. */
function addressBytes(address: string): readonly number[] {
  return ipv6Bytes(isIP(address) === 4 ? `::ffff:${address}` : address);
}

/** `::ffff:0:0/96` holds the IPv4 addresses. */
const MAPPED_BITS = 96;

function isMapped(bytes: readonly number[]): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function ipv6Bytes(address: string): number[] {
  const dotted = /^(.*:)([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$/.exec(address);
  const pair = (a: string | undefined, b: string | undefined): string => ((Number(a) << 8) | Number(b)).toString(16);
  const text = dotted === null ? address : `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string | undefined): string[] => (part ?? '').split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseAddressRange);

export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK.some((range) => typeof range !== 'string' && range.contains(address));
}
