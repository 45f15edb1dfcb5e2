/** The table at the end of a run says of calls that outlasted their row what the journal says of them. */
import { expect, test } from 'vitest';
import type { CallFrame } from '../../../src/event/frame.js';
import { frameCourse, frameTraffic, TrafficTally } from '../../../src/recorder/rows/traffic-tally.js';

const FRAME: CallFrame = {
  t: 'begin',
  id: 1,
  at: 1,
  dir: 'egress',
  ch: 'tcp',
  host: 'a.example',
  port: 25,
  ip: '127.0.0.9',
};
const traffic = (fields: Partial<CallFrame> = {}) => frameTraffic({ ...FRAME, ...fields }, 'nodemailer', undefined);

test('bytes and failures after the row are added once', () => {
  const tally = new TrafficTally();
  const open = traffic({ sent: 6 });
  tally.add(open);
  tally.add(traffic({ sent: 100 }));
  tally.complete(open, frameCourse({ ...FRAME, sent: 50, outcome: 'failure' }));
  expect(tally.destinations()).toMatchObject([{ calls: 2, failed: 1, sentBytes: 150, unsized: 0 }]);
});

test('what was not known when the row was written may be known at the end, and the other way round', () => {
  const tally = new TrafficTally();
  const unsized = traffic();
  const failed = traffic({ sent: 3, outcome: 'failure' });
  tally.add(unsized);
  tally.add(failed);
  expect(tally.destinations()).toMatchObject([{ calls: 2, failed: 1, sentBytes: 3, unsized: 1 }]);
  tally.complete(unsized, frameCourse({ ...FRAME, sent: 9, outcome: 'success' }));
  tally.complete(failed, frameCourse({ ...FRAME, outcome: 'failure' }));
  expect(tally.destinations()).toMatchObject([{ calls: 2, failed: 1, sentBytes: 12, unsized: 0 }]);
});

test('inbound calls, and those beyond the limit, have no destination to complete', () => {
  const tally = new TrafficTally();
  const inbound = traffic({ dir: 'ingress', sent: 1 });
  tally.add(inbound);
  tally.complete(inbound, frameCourse({ ...FRAME, sent: 7 }));
  for (let i = 0; i < 2_048; i += 1) tally.add(traffic({ host: `${i}.example`, sent: 1 }));
  const beyond = traffic({ host: 'z.example', sent: 1 });
  tally.add(beyond);
  tally.complete(beyond, frameCourse({ ...FRAME, sent: 7 }));
  expect(tally.others).toBe(1);
  expect(tally.destinations().reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(2_048);
});
