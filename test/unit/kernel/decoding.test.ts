/** Bytes of a hostile program's memory, and of the kernel's news. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeDnsQuestion } from '../../../src/kernel/dns-question.js';
import { decodeSocketAddress } from '../../../src/kernel/socket-address.js';
import { decodeSocket, netlinkMessages } from '../../../src/kernel/diag-message.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('socket addresses', () => {
  test.each([
    ['IPv4', '0200 01bb 7f000001 0000000000000000', { family: 'inet', address: '127.0.0.1', port: 443 }],
    ['IPv6', `0a00 0035 00000000 ${'0'.repeat(30)}01 00000000`, { family: 'inet', address: '::1', port: 53 }],
    [
      'mapped',
      `0a00 0050 00000000 ${'0'.repeat(20)}ffff c0000201 00000000`,
      { family: 'inet', address: '192.0.2.1', port: 80 },
    ],
    [
      'IPv6 with two runs of zeros',
      '0a00 0050 00000000 20010db8000000010000000000000001 00000000',
      { family: 'inet', address: '2001:db8:0:1::1', port: 80 },
    ],
    ['a path', '0100 2f746d702f73 00 ffff', { family: 'unix', path: '/tmp/s' }],
    ['a path without its end', '0100 2f746d702f73', { family: 'unix', path: '/tmp/s' }],
    ['an abstract name', '0100 00 612f62', { family: 'unix', path: '@a/b' }],
    ['no association', '0000', { family: 'none' }],
    ['netlink', '1000 0000 00000000 00000000', { family: 'none' }],
    ['vsock', '2800 0000', { family: 'other', number: 40 }],
    ['IPv4 cut short', '0200 01bb 7f00', undefined],
    ['IPv6 cut short', '0a00 0050 00000000 2001', undefined],
    ['one byte', '02', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, bytes, expected) => {
    expect(decodeSocketAddress(hex(bytes))).toEqual(expected);
  });

  test('any bytes give an address or nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void decodeSocketAddress(bytes)));
  });
});

/** A query for one name. */
function query(name: string, type = 1, flags = 0x0100): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const tail = Buffer.from([0, type >> 8, type & 0xff, 0, 1]);
  return Buffer.concat([Buffer.from([1, 2, flags >> 8, flags & 0xff, 0, 1, 0, 0, 0, 0, 0, 0]), ...labels, tail]);
}

describe('DNS questions', () => {
  test('a name and its type', () => {
    expect(decodeDnsQuestion(query('Api.Stripe.example'))).toEqual({ name: 'api.stripe.example', type: 'A' });
    expect(decodeDnsQuestion(query('x.example', 28))).toEqual({ name: 'x.example', type: 'AAAA' });
    expect(decodeDnsQuestion(query('x.example', 4_242))).toEqual({ name: 'x.example', type: 'TYPE4242' });
  });

  test('nothing else is one', () => {
    expect(decodeDnsQuestion(query('x.example', 1, 0x8180))).toBeUndefined();
    expect(decodeDnsQuestion(query('x.example').subarray(0, 20))).toBeUndefined();
    const compressed = query('x.example');
    compressed[12] = 0xc0;
    expect(decodeDnsQuestion(compressed)).toBeUndefined();
    expect(decodeDnsQuestion(Buffer.alloc(512, 1))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => void decodeDnsQuestion(bytes)));
  });
});

/** struct inet_diag_msg behind a netlink header, and an INET_DIAG_INFO attribute. */
function socketState(info: (info: Buffer) => void, infoBytes = 232): Buffer {
  const message = Buffer.alloc(88 + 4 + infoBytes);
  message.writeUInt16LE(20, 4);
  message.writeUInt8(2, 16);
  message.writeUInt16BE(40_000, 20);
  message.writeUInt16BE(443, 22);
  message.set([192, 0, 2, 7], 40);
  message.writeBigUInt64LE(77n, 60);
  message.writeUInt16LE(4 + infoBytes, 88);
  message.writeUInt16LE(2, 90);
  info(message.subarray(92));
  return message;
}

const mine = (cookie: number): boolean => cookie === 77;

describe('what the kernel says of a socket', () => {
  test('tells bytes, and where it really went', () => {
    const message = socketState((info) => {
      info.writeBigUInt64LE(101n, 120);
      info.writeBigUInt64LE(2_000n, 128);
      info.writeUInt32LE(3, 136);
      info.writeBigUInt64LE(130n, 200);
      info.writeBigUInt64LE(30n, 208);
    });
    expect(decodeSocket(message, mine)).toEqual({
      ...{ cookie: 77, localPort: 40_000, address: '192.0.2.7', port: 443 },
      ...{ sent: 100, received: 2_000, established: true, isHeld: false },
    });
    expect(decodeSocket(message, () => false)).toBeUndefined();
  });

  test('a connection that was refused is known to have failed; an aborted one is not known', () => {
    const refused = socketState((info) => info.writeUInt32LE(1, 136));
    expect(decodeSocket(refused, mine)).toMatchObject({ established: false, sent: 0 });
    const aborted = decodeSocket(
      socketState(() => undefined),
      mine,
    );
    expect(aborted).toEqual({ cookie: 77, localPort: 40_000, address: '192.0.2.7', port: 443, isHeld: false });
  });

  test('the other end’s FIN is no byte that was received, where it shows', () => {
    const received = (state: number, unread: number, isHeld: boolean): number | undefined => {
      const message = socketState((info) => {
        info.writeUInt8(state, 0);
        info.writeBigUInt64LE(5n, 120);
        info.writeBigUInt64LE(8n, 128);
      });
      message.writeUInt32LE(unread, 72);
      message.writeUInt32LE(isHeld ? 1 : 0, 84);
      return decodeSocket(message, mine)?.received;
    };
    const [established, closeWait, closed] = [1, 8, 7];
    expect([received(established, 1, true), received(closeWait, 1, true)]).toEqual([8, 7]);
    expect([received(closed, 0, false), received(closed, 1, false)]).toEqual([8, 7]);
  });

  test('an old kernel sends fewer counters', () => {
    expect(
      decodeSocket(
        socketState(() => undefined, 150),
        mine,
      )?.established,
    ).toBeUndefined();
  });

  test('one that a process has a descriptor for is held', () => {
    const held = socketState(() => undefined);
    held.writeUInt32LE(4_711, 84);
    expect(decodeSocket(held, mine)?.isHeld).toBe(true);
  });

  test('any bytes are taken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const [, message] of netlinkMessages(Buffer.from(bytes))) decodeSocket(message, () => true);
        decodeSocket(Buffer.from(bytes), () => true);
      }),
    );
  });

  test('a datagram holds several, and a length that lies ends it', () => {
    const first = socketState(() => undefined);
    first.writeUInt32LE(first.length, 0);
    const second = Buffer.from(first);
    second.writeUInt16LE(3, 4);
    const kinds = (bytes: Buffer): number[] => [...netlinkMessages(bytes)].map(([kind]) => kind);
    expect(kinds(Buffer.concat([first, second]))).toEqual([20, 3]);
    for (const length of [0, 15, first.length + 1]) {
      second.writeUInt32LE(length, 0);
      expect(kinds(Buffer.concat([first, second]))).toEqual([20]);
    }
  });
});
