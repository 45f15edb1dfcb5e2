/** TLS is no layer of its own in the record: one row a call, its host the caller's, its peer the socket's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import { Collector } from './collector.js';
import { nodes, start } from './program.js';

describe.each(nodes)('%s', (node) => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await Collector.open();
    expect(await start('secure.mjs', { node, socket: collector.socketPath }).outcome).toMatchObject({
      code: 0,
      stderr: '',
    });
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

  test('no hook failed', () => {
    expect(collector.of('gap')).toEqual([]);
  });

  test('https, with the handshake as a phase of the first request', () => {
    const first = only({ dir: 'egress', path: '/https-one' });
    expect(first).toMatchObject({ ch: 'https', status: 200 });
    expect(first.phases?.[2]).toBeGreaterThan(0);
    expect(only({ dir: 'egress', path: '/https-two' })).toMatchObject({ ch: 'https', reused: true });
    expect(only({ dir: 'ingress', path: '/https-one' })).toMatchObject({ ch: 'https', received: first.sent });
    expect(only({ dir: 'egress', path: '/https-fetch' })).toMatchObject({ ch: 'fetch', scheme: 'https', status: 200 });
  });

  test('through a tunnel: the target by name, the proxy by address', () => {
    const tunnelled = only({ dir: 'egress', path: '/tunnelled' });
    const tunnel = only({ dir: 'egress', method: 'CONNECT' });
    expect(tunnelled).toMatchObject({ ch: 'https', host: 'target.example', port: 443, ip: '127.0.0.1' });
    expect(tunnelled.pport).toBe(tunnel.port);
  });

  test('http2 and WebSocket over TLS', () => {
    expect(only({ dir: 'egress', path: '/h2-secure' })).toMatchObject({ ch: 'http2', status: 200 });
    expect(only({ dir: 'egress', path: '/wss' })).toMatchObject({ ch: 'ws', scheme: 'wss', status: 101 });
    expect(only({ dir: 'ingress', path: '/wss' })).toMatchObject({ ch: 'ws', scheme: 'wss', status: 101 });
  });

  test('raw TLS, and TLS that began in plain words: one row each', () => {
    const raw = collector.ends({ dir: 'egress', ch: 'tls' });
    expect(raw).toHaveLength(2);
    expect(raw[0]).toMatchObject({ host: 'localhost', sent: 5, received: 3 });
    expect(raw[1]).toMatchObject({ host: '127.0.0.1', outcome: 'success' });
    // The only plain connection is the proxy's own to its target.
    expect(collector.ends({ dir: 'egress', ch: 'tcp' })).toHaveLength(1);
  });
});
