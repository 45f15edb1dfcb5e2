/** What a hostile program can make the recorder remember has an end, and what is beyond it is counted. */
import { describe, expect, test } from 'vitest';
import { OPEN_CALLS_PER_THREAD_MAX } from '../../../src/core/limits.js';
import type { CallFrame } from '../../../src/event/frame.js';
import { ChildWatch } from '../../../src/recorder/program/child-watch.js';
import { GapTally } from '../../../src/recorder/channel/gap-tally.js';
import { OpenCalls, type OpenRow } from '../../../src/recorder/channel/open-calls.js';

/** After this long, as the journal's documentation says, an open call gets its row. */
const OPEN_ROW_MS = 10_000;

const call = (id: number, fields: Partial<CallFrame> = {}): CallFrame => ({
  ...{ t: 'begin', id, dir: 'egress', ch: 'http', at: 1 },
  ...fields,
});

describe('GapTally', () => {
  test('sums what is alike, over the whole time', () => {
    const tally = new GapTally();
    tally.add({ reason: 'hook_error', count: 2, pid: 1, from: 2_000_000, to: 3_000_000 });
    tally.add({ reason: 'hook_error', count: 3, pid: 1, from: 1_000_000, to: 2_000_000 });
    tally.add({ reason: 'hook_error', count: 1, pid: 2, from: 1_000_000, to: 1_000_000 });
    const gaps = tally.drain(4_000_000).map(({ gap }) => gap);
    const from = '1970-01-01T00:00:01.000000Z';
    expect(gaps).toEqual([
      { reason: 'hook_error', count: 5, pid: 1, from, to: '1970-01-01T00:00:03.000000Z' },
      { reason: 'hook_error', count: 1, pid: 2, from, to: from },
    ]);
    expect(tally.drain(5_000_000)).toEqual([]);
  });

  test('tells at most 1 024 apart, and loses no count', () => {
    const tally = new GapTally();
    for (let pid = 0; pid < 5_000; pid += 1) tally.add({ reason: 'frame_invalid', count: 1, pid, from: 1, to: 1 });
    const gaps = tally.drain(1).map(({ gap }) => gap);
    expect(gaps).toHaveLength(1_025);
    expect(gaps.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
  });

  test('sums stay numbers that JSON can carry', () => {
    const tally = new GapTally();
    const count = Number.MAX_SAFE_INTEGER;
    for (let i = 0; i < 3; i += 1) tally.add({ reason: 'hook_error', count, from: 1, to: 1 });
    expect(tally.drain(1)).toMatchObject([{ gap: { count } }]);
  });
});

describe('ChildWatch', () => {
  test('a child that joined, before or after its parent told of it, is not missed', () => {
    const watch = new ChildWatch();
    watch.join(1);
    watch.expect(1, 'a', 'child_not_joined', 1);
    watch.expect(2, 'b', 'child_not_joined', 1);
    watch.join(2);
    watch.expect(3, 'c', 'permission_model', 1);
    expect(watch.missing()).toEqual([3]);
    expect(watch.drain(9)).toEqual([{ reason: 'permission_model', count: 1, pid: 3, executable: 'c', from: 1, to: 9 }]);
    expect(watch.drain(9)).toEqual([]);
  });
});

describe('OpenCalls', () => {
  test('a call that is announced again keeps what was learnt last', () => {
    const calls = new OpenCalls();
    calls.begin(call(1), 0);
    calls.begin(call(1, { status: 200 }), 5);
    expect(calls.drain()).toEqual([{ frame: call(1, { status: 200 }), since: 0, row: undefined }]);
  });

  test('a row is written once, and its end finds it', () => {
    const calls = new OpenCalls();
    const rows: number[] = [];
    const write = ({ id }: CallFrame): OpenRow => ({ seq: rows.push(id) + 100, claim: { observer: 'hooks' } });
    calls.begin(call(7), 0);
    calls.writeOverdue(OPEN_ROW_MS - 1, write);
    expect(rows).toEqual([]);
    calls.writeOverdue(OPEN_ROW_MS, write);
    calls.writeOverdue(OPEN_ROW_MS * 2, write);
    expect(rows).toEqual([7]);
    expect(calls.end(7)?.seq).toBe(101);
    expect(calls.end(7)).toBeUndefined();
    expect(calls.drain()).toEqual([]);
  });

  test('has a limit, at which known calls still learn', () => {
    const calls = new OpenCalls();
    for (let id = 1; id <= OPEN_CALLS_PER_THREAD_MAX; id += 1) expect(calls.begin(call(id), 0)).toBe(true);
    expect(calls.begin(call(OPEN_CALLS_PER_THREAD_MAX + 1), 0)).toBe(false);
    expect(calls.begin(call(1, { status: 200 }), 0)).toBe(true);
    expect(calls.drain()).toHaveLength(OPEN_CALLS_PER_THREAD_MAX);
  });
});
