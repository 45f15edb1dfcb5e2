import { describe, expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import type { NetEndRecord, NetRecord } from '../../../src/event/net-record.js';
import { encodeLine } from '../../../src/journal/lines/line.js';
import { HASH_BYTES } from '../../../src/journal/tree/tree-hasher.js';
import { netEndRow, netRow, type CallContext } from '../../../src/recorder/rows/net-row.js';

const PREV = new Uint8Array(HASH_BYTES);

const AT = Date.parse('2026-10-20T12:04:41.218Z') * 1_000 + 311;
const TIME = '2026-10-20T12:04:41.218311Z';

const bare: CallFrame = { t: 'end', id: 1, dir: 'egress', ch: 'tcp', at: AT };
const context: CallContext = {
  at: AT,
  ...{ proc: 1, site: undefined, headers: undefined, packageName: undefined, fingerprint: undefined },
  ...{ open: false, strict: false, observer: 'hooks', reason: undefined },
};

/** As JSON, which a frame without a known shape has. */
const jsonOf = (frame: CallFrame, more: CallContext): string => {
  const made = netRow(frame, more);
  if (typeof made !== 'string') throw new Error('a form');
  return made;
};
const row = (frame: Partial<CallFrame>, more: Partial<CallContext> = {}): unknown =>
  JSON.parse(jsonOf({ ...bare, ...frame }, { ...context, ...more }));

/** Bytes of the line that a row becomes, in a journal of a million records. */
function lineBytes(json: string): number {
  return encodeLine(Buffer.alloc(1 << 20), 0, 1_000_000, PREV, json);
}

/** An HTTP call like most. */
const ordinary: CallFrame = {
  ...{ t: 'end', id: 9, dir: 'egress', ch: 'https', at: AT, dur: 1_234 },
  ...{ host: 'api.stripe.example', port: 443, ip: '203.0.113.200', lport: 40_123 },
  ...{ method: 'POST', path: '/v1/charges/search', status: 503, sent: 1_412, received: 90_312 },
  ...{ phases: [1_200, 8_311, 17_020, 93_112], hdr: 12, site: 40, outcome: 'success' },
  reused: true,
};
/** Every member that an HTTP call can have, of ordinary length. */
const full: CallFrame = {
  ...{ ...ordinary, outcome: 'failure', err: 'ECONNRESET' },
  ...{ proto: 'http/1.1', scheme: 'https', pport: 3128 },
};
const fullContext: CallContext = {
  at: AT,
  ...{ proc: 1, site: 40, headers: 12, packageName: 'stripe', fingerprint: 'c2FsdGVkLWZpbmdlcnBy', open: false },
  ...{ strict: false, observer: 'hooks', reason: undefined },
};

describe('a net record', () => {
  test('of a call of which nothing else is known', () => {
    expect(row({})).toEqual({
      kind: 'net',
      time: TIME,
      network: { direction: 'egress' },
      event: { outcome: 'unknown' },
      egress: { channel: 'tcp', observer: 'hooks', proc: 1 },
    } satisfies NetRecord);
  });

  test('of an HTTP call of which all is known', () => {
    expect(JSON.parse(jsonOf(full, { ...fullContext, open: true }))).toEqual({
      kind: 'net',
      time: TIME,
      network: {
        direction: 'egress',
        protocol: 'http/1.1',
        peer: { address: '203.0.113.200', port: 3128 },
        local: { port: 40_123 },
      },
      server: { address: 'api.stripe.example', port: 443 },
      url: { scheme: 'https', path: '/v1/charges/search' },
      http: { request: { method: 'POST', bytes: 1_412 }, response: { status_code: 503, bytes: 90_312 } },
      package: { name: 'stripe' },
      event: { outcome: 'failure', duration: 1_234_000 },
      egress: {
        channel: 'https',
        observer: 'hooks',
        proc: 1,
        site: 40,
        headers: 12,
        phases_us: [1_200, 8_311, 17_020, 93_112],
        reused: true,
        body: 'c2FsdGVkLWZpbmdlcnBy',
        open: true,
      },
      error: { type: 'ECONNRESET' },
    } satisfies NetRecord);
  });

  test('of an inbound request: what was received is the request', () => {
    const frame: Partial<CallFrame> = { dir: 'ingress', ch: 'http', method: 'GET', status: 200, sent: 9, received: 4 };
    expect(row({ ...frame, claimed: '198.51.100.7' })).toMatchObject({
      network: { direction: 'ingress' },
      client: { address: '198.51.100.7' },
      http: { request: { method: 'GET', bytes: 4 }, response: { status_code: 200, bytes: 9 } },
    });
  });

  test('of a connection: its bytes are its own, and http is not mentioned', () => {
    expect(row({ ch: 'unix', host: '/run/db.sock', sent: 0, received: 7 })).toEqual({
      kind: 'net',
      time: TIME,
      network: { direction: 'egress', transport: 'unix' },
      server: { address: '/run/db.sock' },
      event: { outcome: 'unknown' },
      egress: { channel: 'unix', observer: 'hooks', proc: 1, sent: 0, received: 7 },
    } satisfies NetRecord);
  });

  test('of a look-up', () => {
    expect(row({ ch: 'dns', q: 'a.example', qt: 'MX' })).toMatchObject({
      dns: { question: { name: 'a.example', type: 'MX' } },
    });
    expect(row({ ch: 'dns', q: 'a.example' })).toMatchObject({ dns: { question: { name: 'a.example' } } });
  });

  test('names the port of the peer only where it is another one', () => {
    expect(row({ port: 443, pport: 443 })).not.toHaveProperty('network.peer');
    expect(row({ port: 443, pport: 3128 })).toHaveProperty('network.peer', { port: 3128 });
  });

  test('masks the path, once more', () => {
    const path = '/bot7301239876:AAF1x8Zq0Qm2w9/send?key=hunter2';
    expect(row({ path })).toHaveProperty('url', { path: '/***/send' });
    expect(row({ path: '/a/b' }, { strict: true })).toHaveProperty('url', { path: '/a/***' });
  });

  test('takes neither a method nor a code that could be anything', () => {
    expect(row({ method: 'GET hunter2', err: 'failed: hunter2', status: 200 })).toMatchObject({
      http: { response: { status_code: 200 } },
      error: { type: 'other' },
    });
    expect(row({ method: 'GET hunter2' })).not.toHaveProperty('http');
  });
});

test('a net.end record has the totals, and names its row', () => {
  expect(JSON.parse(netEndRow(full, 41, AT))).toEqual({
    kind: 'net.end',
    time: TIME,
    ends: 41,
    http: { request: { method: 'POST', bytes: 1_412 }, response: { status_code: 503, bytes: 90_312 } },
    event: { outcome: 'failure', duration: 1_234_000 },
    error: { type: 'ECONNRESET' },
    egress: {},
  } satisfies NetEndRecord);
  expect(JSON.parse(netEndRow({ ...bare, dur: 2, sent: 3 }, 41, AT))).toMatchObject({ egress: { sent: 3 } });
  const soFar = JSON.parse(netEndRow({ ...bare, t: 'begin', sent: 3 }, 41, AT, true)) as NetEndRecord;
  expect(soFar).toMatchObject({ event: { outcome: 'unknown' }, egress: { sent: 3, open: true } });
});

describe('the size of a line', () => {
  test('of an ordinary call', () => {
    const json = jsonOf(ordinary, { ...fullContext, fingerprint: undefined });
    expect(lineBytes(json)).toBeLessThanOrEqual(640);
  });

  test('of a call with every member', () => {
    expect(lineBytes(jsonOf(full, fullContext))).toBeLessThanOrEqual(768);
  });

  test('of the largest one that a program can cause: less than a fifth of what a line may have', () => {
    const wild = '\u0001'.repeat(30_000);
    const texts = { host: wild, path: wild, scheme: wild, proto: wild, q: wild, qt: wild, claimed: wild };
    const line = lineBytes(jsonOf({ ...full, ...texts, err: 'E'.repeat(64) }, { ...fullContext, packageName: wild }));
    expect(line).toBeGreaterThan(8_000);
    expect(line).toBeLessThanOrEqual(13_107);
  });
});
