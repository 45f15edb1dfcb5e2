/** How both observers' accounts become rows: facts as the supervisor tells them, frames as the hooks do. */
import { expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import type { ConnectFacts, DatagramFacts } from '../../../src/kernel/observation.js';
import { Reconciler } from '../../../src/recorder/reconciliation/reconciler.js';

const HOOKS = '/run/egress/hooks.sock';
const RESOLVER = '192.0.2.53';
const HOOKED = 10;
const PLAIN = 20;
/** µs since the Unix epoch, of the clock's 0 ms. */
const EPOCH = 1_800_000_000_000_000;
/** Long after any wait. */
const LATE_MS = 60_000;

/** Two processes, of which one has hooks, and a clock that stands still unless a test moves it. */
class Scene {
  readonly reconciler: Reconciler;
  #socket = 0;

  constructor({ hasDisabledChannels = false } = {}) {
    this.reconciler = new Reconciler({
      resolvers: new Set([RESOLVER]),
      hasDisabledChannels,
      exists: () => true,
      now: () => EPOCH,
    });
    this.reconciler.hookSocket = HOOKS;
    for (const pid of [HOOKED, PLAIN]) {
      this.reconciler.onProcess({
        ...{ t: 'process', n: pid, pid, parentPid: 1, executable: '/usr/bin/x', argv0: 'x', args: 0 },
        ...{ options: [], ancestry: [] },
      });
    }
    this.reconciler.onConnect(
      { t: 'connect', process: HOOKED, protocol: 'unix', at: EPOCH, path: HOOKS, isEndTold: false },
      0,
    );
  }

  /** @returns the socket's name */
  connect(process: number, address: string, port: number, facts: Partial<ConnectFacts> = {}, nowMs = 0): number {
    this.#socket += 1;
    const at = EPOCH + nowMs * 1_000;
    const told = { isEndTold: true, socket: this.#socket, ...facts };
    this.reconciler.onConnect({ t: 'connect', process, protocol: 'tcp', at, address, port, ...told }, nowMs);
    return this.#socket;
  }

  send(process: number, address: string, port: number, facts: Partial<DatagramFacts> = {}): void {
    this.reconciler.onDatagrams({ t: 'datagrams', process, at: EPOCH, address, port, count: 1, bytes: 5, ...facts }, 0);
  }

  close(socket: number, address: string, port: number, nowMs = 0): void {
    const at = EPOCH + nowMs * 1_000;
    const end = { localPort: 4_000, sent: 1, received: 2, established: true };
    this.reconciler.onSocket({ t: 'closed', socket, at, address, port, ...end }, nowMs);
  }

  /** Still open when the observer ends. */
  stand(socket: number, address: string, port: number): void {
    const state = { localPort: 4_000, sent: 3, received: 4, established: true };
    this.reconciler.onSocket({ t: 'standing', socket, at: EPOCH, address, port, ...state }, 0);
  }

  claim(frame: Partial<CallFrame>): readonly [observer: string, reason: string | undefined] {
    const { observer, reason } = this.reconciler.claim(HOOKED, call(frame));
    return [observer, reason];
  }

  /** What the kernel alone saw, and gets its row now. */
  due(nowMs = LATE_MS, isAlive = true): readonly string[] {
    const rows = this.reconciler.takeDue(nowMs, false, () => isAlive);
    for (const row of rows) this.reconciler.onOwnRow(row, 1);
    return rows.map(({ connection: { address = '', port, process }, reason, open }) =>
      [process.pid, `${address}:${port}`, reason, ...(open ? ['open'] : [])].join(' '),
    );
  }
}

const call = (frame: Partial<CallFrame>): CallFrame => {
  const known = { t: 'end', at: EPOCH, dir: 'egress', ch: 'tcp', outcome: 'success' } as const;
  return { ...known, n: 1, ...frame } as unknown as CallFrame;
};

test('a call that both saw is one row, and so is the next one over the same connection', () => {
  const scene = new Scene();
  const socket = scene.connect(HOOKED, '203.0.113.1', 443);
  expect(scene.claim({ ip: '203.0.113.1', port: 443, lport: 4_000 })).toEqual(['both', undefined]);
  expect(scene.claim({ ip: '203.0.113.1', port: 443, lport: 4_000, reused: true })).toEqual(['both', undefined]);
  scene.close(socket, '203.0.113.1', 443);
  expect(scene.due()).toEqual([]);
});

test('what the hooks tell and the kernel never saw: each has its reason', () => {
  const scene = new Scene();
  expect(scene.claim({ ip: '203.0.113.1', port: 443 })).toEqual(['hooks', 'no_connection']);
  expect(scene.claim({ host: 'shop.example', port: 443, outcome: 'failure' })).toEqual(['hooks', 'not_connected']);
  expect(scene.claim({ ch: 'dns', q: 'shop.example' })).toEqual(['hooks', 'lookup']);
  expect(scene.reconciler.claim(999, call({ ip: '203.0.113.1', port: 443 })).reason).toBe('process_unseen');
});

test('one connection explains one call: a second that claims to be new is not explained', () => {
  const scene = new Scene();
  scene.connect(HOOKED, '203.0.113.1', 443);
  expect(scene.claim({ ip: '203.0.113.1', port: 443 })[1]).toBeUndefined();
  expect(scene.claim({ ip: '203.0.113.1', port: 443 })[1]).toBe('no_connection');
});

test('a local port that is given out again belongs to the new connection', () => {
  const scene = new Scene();
  const place = { ip: '203.0.113.1', port: 443, lport: 4_000 };
  const socket = scene.connect(HOOKED, '203.0.113.1', 443);
  expect(scene.claim(place)[1]).toBeUndefined();
  scene.close(socket, '203.0.113.1', 443, 10);
  scene.connect(HOOKED, '203.0.113.1', 443, {}, 1_500);
  expect(scene.claim({ ...place, at: EPOCH + 5_000 }), 'the second call over the first').toEqual(['both', undefined]);
  expect(scene.claim({ ...place, at: EPOCH + 1_400_000 })).toEqual(['both', undefined]);
  expect(scene.due()).toEqual([]);
});

test('beneath the hooks is an alarm, in a program without hooks it is not', () => {
  const scene = new Scene();
  for (const process of [HOOKED, PLAIN]) scene.close(scene.connect(process, '203.0.113.1', 443), '203.0.113.1', 443);
  expect(scene.due(0)).toEqual(['20 203.0.113.1:443 no_hooks']);
  expect(scene.due()).toEqual(['10 203.0.113.1:443 beneath_hooks']);
});

test('where the hooks lost something, or a channel is off, it is no alarm', () => {
  const lossy = new Scene();
  lossy.reconciler.onLoss(HOOKED);
  const quiet = new Scene({ hasDisabledChannels: true });
  for (const scene of [lossy, quiet]) scene.close(scene.connect(HOOKED, '203.0.113.1', 443), '203.0.113.1', 443);
  expect(lossy.due()).toEqual(['10 203.0.113.1:443 hooks_lost']);
  expect(quiet.due()).toEqual(['10 203.0.113.1:443 channel_disabled']);
});

test('a connection that lasts has a row while it is open, and totals when it ends', () => {
  const scene = new Scene();
  const socket = scene.connect(PLAIN, '203.0.113.1', 443);
  expect(scene.due(9_000)).toEqual([]);
  const [row] = scene.reconciler.takeDue(11_000, false, () => true);
  expect(row).toMatchObject({ open: true });
  if (row !== undefined) scene.reconciler.onOwnRow(row, 7);
  expect(scene.reconciler.takeEnded()).toEqual([]);
  scene.close(socket, '203.0.113.1', 443, 20_000);
  expect(scene.reconciler.takeEnded()).toMatchObject([{ row: 7, closed: { sent: 1, received: 2 } }]);
});

test('a socket that outlasts the observer has its bytes so far, whoever holds it by now', () => {
  const scene = new Scene();
  scene.stand(scene.connect(PLAIN, '203.0.113.1', 443), '203.0.113.1', 443);
  const [row] = scene.reconciler.takeDue(0, true, () => false);
  expect(row).toMatchObject({ open: true, connection: { told: { sent: 3, received: 4 } } });
});

test('one whose process is gone waits for its end, which another process may put off', () => {
  const scene = new Scene();
  const socket = scene.connect(PLAIN, '203.0.113.1', 443);
  expect(scene.due(3_000, false)).toEqual([]);
  scene.stand(socket, '203.0.113.1', 443);
  expect(scene.reconciler.takeDue(3_200, true, () => false)).toMatchObject([
    { open: true, connection: { told: { sent: 3 } } },
  ]);
  scene.connect(PLAIN, '203.0.113.2', 443, { isEndTold: false });
  expect(scene.due(3_000, false)).toContain('20 203.0.113.2:443 no_hooks');
});

test('and where its row was written while it was open, the last word comes after it, once', () => {
  const scene = new Scene();
  const socket = scene.connect(PLAIN, '203.0.113.1', 443);
  const [row] = scene.reconciler.takeDue(11_000, false, () => true);
  if (row !== undefined) scene.reconciler.onOwnRow(row, 7);
  scene.stand(socket, '203.0.113.1', 443);
  // It ended while we looked.
  scene.close(socket, '203.0.113.1', 443);
  expect(scene.reconciler.takeEnded()).toMatchObject([{ row: 7, told: { t: 'closed', sent: 1 } }]);
  expect(scene.reconciler.takeEnded()).toEqual([]);
});

test('a changed destination is found while the connection stands, and told once', () => {
  const scene = new Scene();
  const socket = scene.connect(PLAIN, '203.0.113.1', 443);
  const [row] = scene.reconciler.takeDue(11_000, false, () => true);
  if (row !== undefined) scene.reconciler.onOwnRow(row, 7);
  scene.stand(socket, '203.0.113.66', 4_444);
  scene.close(socket, '203.0.113.66', 4_444);
  const peer = { address: '203.0.113.66', port: 4_444 };
  expect(scene.reconciler.takeRecords()).toMatchObject([{ what: 'destination_changed', rows: [7], peer }]);
});

test('a program that computes for two seconds has not kept silent about its call', () => {
  const scene = new Scene();
  scene.close(scene.connect(HOOKED, '203.0.113.1', 443), '203.0.113.1', 443);
  for (let nowMs = 200; nowMs <= 2_000; nowMs += 200) expect(scene.due(nowMs)).toEqual([]);
  expect(scene.claim({ ip: '203.0.113.1', port: 443 })).toEqual(['both', undefined]);
  scene.close(scene.connect(HOOKED, '203.0.113.2', 443), '203.0.113.2', 443);
  const rows: string[] = [];
  for (let nowMs = 2_200; nowMs <= 6_000; nowMs += 200) rows.push(...scene.due(nowMs));
  expect(rows).toEqual(['10 203.0.113.2:443 beneath_hooks']);
});

test('a call that the hooks tell of late joins the row that the kernel’s account has already', () => {
  const scene = new Scene();
  scene.close(scene.connect(HOOKED, '203.0.113.1', 443), '203.0.113.1', 443);
  const [row] = scene.reconciler.takeDue(LATE_MS, false, () => true);
  if (row !== undefined) scene.reconciler.onOwnRow(row, 7);
  const { connection, observer } = scene.reconciler.claim(HOOKED, call({ ip: '203.0.113.1', port: 443 }));
  expect(observer).toBe('both');
  if (connection !== undefined) scene.reconciler.onRow(connection, 9);
  expect(scene.reconciler.takeRecords()).toMatchObject([{ kind: 'reconcile', rows: [7, 9], what: 'same_call' }]);
});

test('a socket that was connected elsewhere than it asked for is an alarm, whoever has a row of it', () => {
  const scene = new Scene();
  scene.close(scene.connect(PLAIN, '198.51.100.1', 443), '203.0.113.66', 443);
  expect(scene.due()).toEqual(['20 198.51.100.1:443 destination_changed']);
  const socket = scene.connect(HOOKED, '198.51.100.1', 443);
  const { connection } = scene.reconciler.claim(HOOKED, call({ ip: '198.51.100.1', port: 443 }));
  if (connection !== undefined) scene.reconciler.onRow(connection, 5);
  scene.close(socket, '203.0.113.66', 443);
  expect(scene.reconciler.takeRecords()).toMatchObject([
    { what: 'destination_changed', rows: [5], peer: { address: '203.0.113.66', port: 443 } },
  ]);
});

test('any address is this machine, whether IPv4 or IPv6', () => {
  const scene = new Scene();
  scene.close(scene.connect(PLAIN, '0.0.0.0', 80), '127.0.0.1', 80);
  scene.close(scene.connect(PLAIN, '::', 80), '::1', 80);
  expect(scene.due()).toEqual(['20 0.0.0.0:80 no_hooks', '20 :::80 no_hooks']);
});

test('a look-up that is a part of a call is no call of its own', () => {
  const scene = new Scene();
  const question = { name: 'shop.example', type: 'A' };
  scene.send(HOOKED, RESOLVER, 53, { socket: 90, question });
  scene.connect(HOOKED, '203.0.113.1', 443);
  expect(scene.claim({ host: 'shop.example', ip: '203.0.113.1', port: 443 })[1]).toBeUndefined();
  expect(scene.due()).toEqual([]);
  scene.send(HOOKED, RESOLVER, 53, { socket: 91, question: { name: 'other.example', type: 'A' } });
  scene.send(HOOKED, '203.0.113.9', 53, { socket: 92, question });
  expect(scene.due()).toEqual([`10 ${RESOLVER}:53 resolver`, '10 203.0.113.9:53 beneath_hooks']);
});

test('datagrams from one socket to one place are one row', () => {
  const scene = new Scene();
  for (let sent = 0; sent < 3; sent += 1) scene.send(PLAIN, '203.0.113.1', 8_125, { socket: 90 });
  scene.send(PLAIN, '203.0.113.1', 8_125, { socket: 91 });
  const rows = scene.reconciler.takeDue(LATE_MS, false, () => true);
  expect(rows.map(({ connection: { sent } }) => sent)).toEqual([15, 5]);
});

test('a datagram socket that was connected is a row; what it was seen to send is that row’s', () => {
  const scene = new Scene();
  scene.connect(PLAIN, '203.0.113.66', 4_444, { protocol: 'udp', isEndTold: false });
  const socket = scene.connect(PLAIN, '203.0.113.67', 4_444, { protocol: 'udp', isEndTold: false });
  scene.send(PLAIN, '203.0.113.67', 4_444, { socket });
  expect(scene.due()).toEqual(['20 203.0.113.66:4444 no_hooks', '20 203.0.113.67:4444 no_hooks']);
});

test('but not where a look-up sorts addresses: to no port, to this machine, or right after a question', () => {
  const scene = new Scene();
  const udp = { protocol: 'udp', isEndTold: false } as const;
  scene.connect(PLAIN, '203.0.113.1', 0, udp);
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0']) scene.connect(PLAIN, address, 443, udp);
  scene.send(HOOKED, RESOLVER, 53, { socket: 90, question: { name: 'shop.example', type: 'A' } });
  scene.claim({ ch: 'dns', q: 'shop.example' });
  scene.connect(HOOKED, '203.0.113.1', 443, udp, 9_000);
  expect(scene.due()).toEqual([]);
  scene.connect(HOOKED, '203.0.113.2', 443, udp, 11_000);
  expect(scene.due(LATE_MS)).toEqual(['10 203.0.113.2:443 beneath_hooks']);
});

test('a process that is gone is not waited for', () => {
  const scene = new Scene();
  scene.connect(HOOKED, '203.0.113.1', 443, { isEndTold: false });
  expect(scene.due(1_000, false)).toEqual([]);
  // Its last words may not have been read yet.
  for (const nowMs of [2_500, 2_700, 2_900]) expect(scene.due(nowMs, false)).toEqual([]);
  expect(scene.due(3_100, false)).toEqual(['10 203.0.113.1:443 beneath_hooks']);
});

test('memory is bounded: the oldest make room, with a row and not in silence', () => {
  const scene = new Scene();
  for (let port = 1; port <= 65_000; port += 1) scene.connect(PLAIN, '203.0.113.1', port);
  for (let port = 1; port <= 1_000; port += 1) scene.connect(PLAIN, '203.0.113.2', port);
  const rows = scene.reconciler.takeDue(0, false, () => true);
  expect(rows.length).toBe(65_000 + 1_000 - 65_536);
  expect(rows[0]).toMatchObject({ reason: 'no_hooks', open: true, connection: { port: 1 } });
});
