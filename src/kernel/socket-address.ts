/** Socket addresses as a program passes them to the kernel. Bytes of its memory: any length, any content. */
import { AF } from './abi.js';

export type SocketAddress =
  | { readonly family: 'inet'; readonly address: string; readonly port: number }
  /** An abstract name begins with @, as ss(8) shows it. */
  | { readonly family: 'unix'; readonly path: string }
  /** Dissolves an association, or asks nobody: no traffic. */
  | { readonly family: 'none' }
  | { readonly family: 'other'; readonly number: number };

/** IPv4 text of four bytes. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at] ?? 0}.${bytes[at + 1] ?? 0}.${bytes[at + 2] ?? 0}.${bytes[at + 3] ?? 0}`;
}

/** IPv6 text in the form of RFC 5952; an IPv4-mapped address as IPv4, since that is where the packets go. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0));
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) return ipv4Text(bytes, at + 12);
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from += 1) {
    let length = 0;
    while (from + length < 8 && words[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  const hex = (list: readonly number[]): string => list.map((word) => word.toString(16)).join(':');
  if (best.from < 0) return hex(words);
  return `${hex(words.slice(0, best.from))}::${hex(words.slice(best.from + best.length))}`;
}

/** @returns undefined for bytes that the kernel would refuse as well */
export function decodeSocketAddress(bytes: Uint8Array): SocketAddress | undefined {
  if (bytes.length < 2) return undefined;
  const family = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  switch (family) {
    case AF.unspec:
    case AF.netlink:
      return { family: 'none' };
    case AF.inet:
      if (bytes.length < 8) return undefined;
      return { family: 'inet', address: ipv4Text(bytes, 4), port: portOf(bytes) };
    case AF.inet6:
      if (bytes.length < 24) return undefined;
      return { family: 'inet', address: ipv6Text(bytes, 8), port: portOf(bytes) };
    case AF.unix:
      return { family: 'unix', path: pathOf(Buffer.from(bytes.buffer, bytes.byteOffset + 2, bytes.length - 2)) };
    default:
      return { family: 'other', number: family };
  }
}

function portOf(bytes: Uint8Array): number {
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

function pathOf(name: Buffer): string {
  const isAbstract = name[0] === 0;
  const end = name.indexOf(0, 1);
  const text = name.toString('utf8', isAbstract ? 1 : 0, isAbstract || end < 0 ? name.length : end);
  return isAbstract ? `@${text}` : text;
}
