import { isIPv6, SocketAddress } from 'node:net';

/** One text for each address: IPv6 as RFC 5952 has it, an IPv4-mapped address as IPv4, without a zone. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0] ?? address;
  if (!isIPv6(bare)) return address;
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return canonical.startsWith('::ffff:') && canonical.includes('.') ? canonical.slice(7) : canonical;
}
