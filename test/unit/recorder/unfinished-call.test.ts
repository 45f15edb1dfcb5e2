/** What goes into the row of a call that the hooks told no end of. */
import { expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import type { ConnectFacts, ProcessFacts, SocketFacts } from '../../../src/kernel/observation.js';
import { KernelConnection } from '../../../src/recorder/reconciliation/kernel-connection.js';
import { withKernelsWord } from '../../../src/recorder/reconciliation/unfinished-call.js';

const process: ProcessFacts = {
  ...{ t: 'process', n: 1, pid: 10, parentPid: 1, executable: '/usr/bin/x', argv0: 'x', args: 0 },
  ...{ options: [], ancestry: [] },
};
const asked: ConnectFacts = {
  ...{ t: 'connect', process: 1, protocol: 'tcp', at: 1, address: '203.0.113.1', port: 443 },
  ...{ socket: 1, isEndTold: true },
};
const state: SocketFacts = {
  ...{ t: 'closed', socket: 1, at: 2, localPort: 4_000, address: '203.0.113.1', port: 443 },
  ...{ sent: 70, received: 80, established: true },
};

function connection(told: SocketFacts | undefined, calls = 1): KernelConnection {
  const made = new KernelConnection(process, asked, 0);
  if (told !== undefined) made.tell(told);
  made.calls = calls;
  return made;
}

/** As the hooks announce a call that has just begun. */
const begun: CallFrame = { t: 'begin', id: 1, dir: 'egress', ch: 'tcp', at: 1, host: 'shop.example', port: 443 };
const place = { ip: '203.0.113.1', pport: 443 };

test('the place that was asked for is known, the rest once the kernel has told of the socket', () => {
  expect(withKernelsWord(begun, connection(undefined))).toEqual({ ...begun, ...place });
  const whole = { ...begun, ...place, lport: 4_000, sent: 70, received: 80 };
  expect(withKernelsWord(begun, connection(state))).toEqual(whole);
  expect(withKernelsWord(begun, connection({ ...state, t: 'standing' }))).toEqual(whole);
});

test('the bytes that the hooks knew of are no longer the last word', () => {
  const counted = { ...begun, sent: 5, received: 6 };
  expect(withKernelsWord(counted, connection(state))).toMatchObject({ sent: 70, received: 80 });
  expect(withKernelsWord(counted, connection(undefined))).toMatchObject({ sent: 5, received: 6 });
});

test('bytes of a connection are not those of one call among several over it', () => {
  for (const [frame, calls] of [
    [begun, 2],
    [{ ...begun, reused: true }, 1],
    [{ ...begun, ch: 'http2' }, 1],
  ] as const) {
    const told = withKernelsWord(frame, connection(state, calls));
    expect(told).toMatchObject(place);
    expect(told).not.toHaveProperty('sent');
  }
});

test('an aborted connection has no counters, and a call that the kernel did not see nothing', () => {
  const aborted = { ...state, sent: undefined, received: undefined };
  expect(withKernelsWord(begun, connection(aborted))).not.toHaveProperty('sent');
  expect(withKernelsWord(begun, undefined)).toBe(begun);
  const inbound = { ...begun, dir: 'ingress' } as const;
  expect(withKernelsWord(inbound, connection(state))).toBe(inbound);
});
