/** IP addresses and ranges of them. */
import { BlockList, isIP } from 'node:net';

export interface AddressRange {
  readonly kind: 'range';
  readonly text: string;
  readonly contains: (address: string) => boolean;
}

/** An address as it is compared: an IPv4 address inside an IPv6 one is the IPv4 address. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
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
  const type = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, bits, type);
  if (hasBitsBeyond(address, bits, version)) return `bits are set beyond the first ${bits}`;
  return {
    kind: 'range',
    text,
    contains: (other) => {
      const plain = plainAddress(other);
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** Whether an address has bits after the first `bits`: such a range is probably a mistake about which one is meant. */
function hasBitsBeyond(address: string, bits: number, version: number): boolean {
  const bytes = version === 4 ? address.split('.').map(Number) : ipv6Bytes(address);
  return bytes.some((byte, at) => {
    const kept = Math.min(8, Math.max(0, bits - at * 8));
    return (byte & (0xff >> kept)) !== 0;
  });
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
