/** Each way of calling, once, on each version of Node: one row a call, with what the caller named. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import { Collector } from './collector.js';
import { nodes, start } from './program.js';
import type { Outcome } from './program.js';

describe.each(nodes)('%s', (node) => {
  let collector: Collector;
  let outcome: Outcome;
  beforeAll(async () => {
    collector = await Collector.open();
    outcome = await start('clients.mjs', { node, socket: collector.socketPath }).outcome;
    await collector.drained();
  });
  afterAll(async () => {
    await collector.close();
  });

  const only = (matching: Partial<CallFrame>): CallFrame => {
    const found = collector.ends(matching);
    expect(found, JSON.stringify(matching)).toHaveLength(1);
    return found[0] as CallFrame;
  };
  const siteOf = (call: CallFrame): string => {
    const site = collector.of('site').find(({ n }) => n === call.site);
    return site?.frames[0]?.[0] ?? '';
  };

  test('the program is not disturbed', () => {
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: '' });
  });

  test('the thread introduces itself first, with every patch in place, and ends with a flush', () => {
    const [hello] = collector.frames;
    expect(hello).toMatchObject({ t: 'hello', v: 2, token: 'token', thread: 0 });
    expect(hello).not.toHaveProperty('disabled');
    expect(collector.frames.at(-1)).toEqual({ t: 'flush' });
    expect(collector.of('gap')).toEqual([]);
  });

  test('no id ends twice, and no call that began stays without an end', () => {
    const ids = collector.ends().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const open = collector.of('begin').filter(({ id }) => !ids.includes(id));
    expect(open).toEqual([]);
  });

  test('http: host, address, method, path, status, bytes, phases, fingerprint', () => {
    const first = only({ dir: 'egress', path: '/first' });
    expect(first).toMatchObject({
      ch: 'http',
      host: 'localhost',
      ip: '127.0.0.1',
      method: 'GET',
      status: 200,
      outcome: 'success',
    });
    expect(first).not.toHaveProperty('reused');
    expect(first).not.toHaveProperty('body');
    expect(first.phases?.[0]).toBeGreaterThan(0);
    expect(first.pport).toBe(first.port);
    const posted = only({ dir: 'egress', path: '/posted' });
    expect(posted).toMatchObject({
      method: 'POST',
      reused: true,
      body: createHash('sha256').update('a body').digest('hex'),
    });
    expect(posted).not.toHaveProperty('phases');
    expect(siteOf(first)).toMatch(/clients\.mjs$/);
    expect(only({ dir: 'egress', path: '/missing' })).toMatchObject({ status: 404, outcome: 'success' });
    expect(only({ dir: 'egress', path: '/refused' })).toMatchObject({
      outcome: 'failure',
      err: 'ECONNREFUSED',
      sent: 0,
    });
  });

  test('both ends of a call count the same bytes', () => {
    for (const path of ['/first', '/posted', '/fetched', '/undici', '/missing']) {
      const out = only({ dir: 'egress', path });
      const inbound = only({ dir: 'ingress', path });
      expect([out.sent, out.received], path).toEqual([inbound.received, inbound.sent]);
      expect(out.lport).toBe(inbound.pport);
    }
  });

  test('header values are masked unless they describe the message', () => {
    const first = only({ dir: 'egress', path: '/first' });
    const lists = collector.of('headers').find(({ n }) => n === first.hdr);
    expect(lists?.request).toContainEqual(['authorization', '***']);
    expect(lists?.response).toContainEqual(['content-type', 'text/plain']);
  });

  test('fetch and an installed undici: one row a request, redirect hops too', () => {
    const fetched = only({ dir: 'egress', path: '/fetched' });
    expect(fetched).toMatchObject({ ch: 'fetch', method: 'POST', host: '127.0.0.1', status: 200, scheme: 'http' });
    expect(fetched.body).toBe(createHash('sha256').update('a body').digest('hex'));
    expect(siteOf(fetched)).toMatch(/clients\.mjs$/);
    expect(only({ dir: 'egress', path: '/redirect' })).toMatchObject({ ch: 'fetch', status: 302 });
    const landed = only({ dir: 'egress', path: '/landed' });
    expect(landed).toMatchObject({ ch: 'fetch', status: 200 });
    expect(siteOf(landed)).toMatch(/clients\.mjs$/);
    expect(only({ dir: 'egress', port: 2 })).toMatchObject({ ch: 'fetch', outcome: 'failure', err: 'ECONNREFUSED' });
    expect(only({ dir: 'egress', path: '/undici' })).toMatchObject({ ch: 'undici', status: 200 });
  });

  test('a socket that nobody speaks for has its own row, both ways', () => {
    expect(only({ dir: 'egress', ch: 'tcp' })).toMatchObject({ sent: 5, received: 3, outcome: 'success' });
    const inbound = only({ dir: 'ingress', ch: 'tcp' });
    expect(inbound).toMatchObject({ sent: 3, received: 5, outcome: 'success' });
    expect(inbound.lport).toBe(only({ dir: 'egress', ch: 'tcp' }).port);
    expect(only({ dir: 'ingress', ch: 'unix' }).host).toMatch(/egress-fixture-\d+\.sock$/);
    expect(only({ dir: 'egress', ch: 'unix' }).host).toMatch(/egress-fixture-\d+\.sock$/);
    expect(only({ dir: 'egress', ch: 'unix' })).toMatchObject({ received: 3, outcome: 'success' });
  });

  test('http2: one row a stream', () => {
    for (const dir of ['egress', 'ingress'] as const) {
      expect(only({ dir, path: '/h2-one' })).toMatchObject({ ch: 'http2', proto: 'h2', status: 200, ip: '127.0.0.1' });
      expect(only({ dir, path: '/h2-two' })).toMatchObject({ ch: 'http2', reused: true, status: 200 });
    }
  });

  test('datagrams: one row a socket and peer', () => {
    const sent = collector.ends({ dir: 'egress', ch: 'udp' }).filter((call) => call.sent === 4);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ host: '127.0.0.1', ip: '127.0.0.1', received: 4 });
    expect(collector.ends({ dir: 'ingress', ch: 'udp' }).filter((call) => call.sent === 4)).toHaveLength(1);
  });

  test('only questions that the program asks itself are dns rows', () => {
    const questions = collector.ends({ ch: 'dns' });
    expect(questions.map(({ q }) => q)).toEqual(['localhost', 'localhost', 'name.example']);
    expect(questions[2]).toMatchObject({ qt: 'A', outcome: 'failure', err: 'ETIMEOUT' });
  });

  test('a WebSocket is one row that lasts, with the bytes of its messages', () => {
    const hasGlobal = Number.parseInt(collector.of('hello')[0]?.node ?? '', 10) >= 22;
    for (const path of hasGlobal ? ['/package', '/global'] : ['/package']) {
      const out = only({ dir: 'egress', path });
      expect(out).toMatchObject({ ch: 'ws', scheme: 'ws', status: 101, outcome: 'success' });
      expect(out.sent).toBeGreaterThan(200);
      expect(only({ dir: 'ingress', path })).toMatchObject({
        ch: 'ws',
        status: 101,
        received: out.sent,
        sent: out.received,
      });
    }
  });

  test('nothing secret leaves the program', () => {
    expect(JSON.stringify(collector.frames)).not.toMatch(/secret|Bearer|abc/);
  });
});
