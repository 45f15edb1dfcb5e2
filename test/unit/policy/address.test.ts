import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddressRange } from '../../../src/policy/address.js';

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((plain) => `::ffff:${plain}`),
  fc.constantFrom('127.0.0.1', '127.255.255.255', '128.0.0.0', '::1', '::', 'fe80::1', '::ffff:7f00:1'),
);

const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

test('a range holds the addresses that the system’s own list of addresses holds', () => {
  fc.assert(
    fc.property(address, fc.nat({ max: 128 }), address, (first, length, other) => {
      const bitsMax = isIP(first) === 4 ? 32 : 128;
      const bits = length % (bitsMax + 1);
      const range = parseAddressRange(`${first}/${bits}`);
      // Bits beyond the length are refused; whole addresses never have any.
      fc.pre(typeof range !== 'string');
      const list = new BlockList();
      list.addSubnet(first, bits, bitsMax === 32 ? 'ipv4' : 'ipv6');
      const family = isIP(other) === 4 ? 'ipv4' : 'ipv6';
      // But for IPv4 addresses, which are no part of an IPv6 range that merely holds all of their mapped form.
      const isOdd = bitsMax === 128 && bits < 96 && MAPPED.check(other, family);
      return range.contains(other) === (list.check(other, family) && !isOdd);
    }),
    { numRuns: 500 },
  );
});

test('each address is in the range of itself, however it is written', () => {
  for (const [written, also] of [
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['fe80::1', 'fe80::1%eth0'],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1'],
  ] as const) {
    const range = parseAddressRange(written);
    expect(typeof range !== 'string' && range.contains(also)).toBe(true);
    expect(typeof range !== 'string' && range.contains('192.0.2.1')).toBe(false);
  }
});

test.each(['10.0.0.1/8', '::1/64', '10.0.0.0/33', '10.0.0.0/x', 'example'])('%s is refused', (text) => {
  expect(typeof parseAddressRange(text)).toBe('string');
});
