import { readFileSync } from 'node:fs';
import { canonicalAddress } from './canonical-address.js';

/** Addresses of the name servers that this machine asks (resolv.conf(5)); without the file, its own. */
export function resolverAddresses(file = '/etc/resolv.conf'): ReadonlySet<string> {
  try {
    const lines = readFileSync(file, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm);
    return new Set(Array.from(lines, ([, address = '']) => canonicalAddress(address)));
  } catch {
    return new Set(['127.0.0.1', '::1']);
  }
}
