import { describe, expect, test } from 'vitest';
import type { OfficerRecord } from '../../../src/event/officer-record.js';
import type { JournalRecord } from '../../../src/event/record.js';
import { RECORD_KINDS } from '../../../src/event/record-kinds.js';
import { RecordView } from '../../../src/event/record-view.js';
import { isBookkeeping, sentenceOf } from '../../../src/report/sentence/record-sentence.js';

const time = '2026-10-20T12:04:05.001201Z';
const by = { uid: 1000, name: 'dev' };
const alice = 'alice.example+1a2b3c4d+AWtleQ==';
const bob = 'bob.example+5e6f7a8b+AWtleQ==';
const note = `egress-statement/v1\n\n— alice.example GisxTQ==\n`;

/** One of each; a kind that is missing here, or that is no kind, fails below. */
const RECORDS: readonly Exclude<JournalRecord, { kind: 'net' }>[] = [
  { kind: 'journal.open', time, journal: { version: 1, origin: 'o', key: 'shop.example+1+k', created: time } },
  { kind: 'segment.open', time, segment: { number: 2, run: 3, epoch: 1, key: 'k', journal: '0' } },
  { kind: 'state', time, state: { capture: 'off', officers: [alice], holds: [], grants: [] } },
  {
    ...{ kind: 'run.open', time, run: { number: 3, command: { argv0: 'node', args: 2, options: [] }, cwd: '/srv' } },
    ...{ versions: { egress: '1', node: '20', os: 'linux' }, settings: [] },
    observers: [{ name: 'hooks', active: true }],
  },
  { kind: 'policy', time, policy: { digest: 'ab'.repeat(32), name: 'egress.policy.yaml' } },
  {
    ...{ kind: 'process', time },
    process: { number: 1, pid: 7, parent_pid: 1, executable: '/usr/bin/node', argv0: 'node', identity: 'peer' },
  },
  {
    ...{ kind: 'site', time, package: { name: 'stripe', version: '14.0.0' } },
    site: { number: 4, confidence: 'high', chain: [], frames: [['node_modules/stripe/index.js', 12, 'send']] },
  },
  { kind: 'headers', time, headers: { number: 5, request: [['host', '***']], response: [] } },
  { kind: 'net.end', time, ends: 9, event: { outcome: 'success', duration: 2e9 }, egress: { sent: 10, received: 20 } },
  { kind: 'reconcile', time, rows: [9, 10], what: 'same_call' },
  { kind: 'gap', time, gap: { reason: 'hook_queue_full', count: 6, from: time, to: time } },
  {
    ...{ kind: 'run.close', time, run: { number: 3 }, exit: { code: 0 } },
    counts: {
      ...{ calls: 4, both: 0, hooks_only: 4, kernel_only: 0, gaps: 1, lost: 6, unattributed: 0, self: 0 },
    },
  },
  { kind: 'seal', time, seal: { segment: 2, reason: 'run_close' } },
  { kind: 'recovered', time, recovered: { segment: 1, torn_bytes: 12, torn_sha256: '0', unproven: [5, 6] } },
  { kind: 'hold', time, hold: { first: 1, last: 9, why: 'a claim' }, by },
  { kind: 'release', time, release: { hold: 11, why: 'settled' }, by },
  {
    ...{ kind: 'vacuum', time, by },
    vacuum: {
      ...{ number: 1, first: 1, boundary: 40, segment: 1, hash: '0', frontier: [], bytes: 9_000 },
      ...{ rule: 'older_than', window: '90d' },
    },
  },
  { kind: 'roles', time, roles: { owner: { uid: 0 }, audit: { gid: 4, name: 'adm' } }, by },
  {
    ...{ kind: 'session.open', time, session: { run: 4, command: 'hold' }, by },
    versions: { egress: '1', node: '20', os: 'linux' },
  },
  { kind: 'session.close', time, session: { run: 4 } },
  { kind: 'epoch.next', time, epoch: { number: 2, key: 'k', resume: 'r' } },
  ...([
    { kind: 'officer.add', time, by, note, statement: { officer: `${bob} age1`, why: 'holiday' } },
    { kind: 'officer.revoke', time, by, note, statement: { key: bob, why: 'left' } },
    {
      ...{ kind: 'forensics.enable', time, by, note },
      statement: { why: 'incident 42', until: '2026-10-20T14:00:00.000000Z', match: 'api.stripe.example' },
    },
    { kind: 'forensics.disable', time, by, note, statement: { why: 'found' } },
    { kind: 'body.read.intent', time, by, note, statement: { body: 21, inner: '0', why: 'incident 42' } },
    { kind: 'body.read.outcome', time, by, note, statement: { intent: 22, outcome: 'opened' } },
    {
      ...{ kind: 'grant.add', time, by, note, stored: { segment: 1, outer: '0', stored_bytes: 1 } },
      statement: {
        ...{
          body: 21,
          read: 22,
          inner: '0',
          reader: `${bob} age1`,
          until: '2026-10-21T00:00:00.000000Z',
          why: 'review',
        },
      },
    },
    { kind: 'grant.revoke', time, by, note, statement: { grant: 24, why: 'done' } },
  ] satisfies OfficerRecord[]),
  { kind: 'forensics.expired', time, forensics: { enabled: 18, until: time } },
  {
    ...{ kind: 'body.stored', time },
    body: {
      ...{ net: 9, part: 'request', segment: 1, inner: '0', outer: '0', bytes: 2_400, stored_bytes: 3_000 },
      truncated: true,
    },
  },
  { kind: 'fingerprint', time, fingerprint: { net: 9, matches: false, why: 'a claim' }, by },
];

const viewOf = (record: object): RecordView => {
  const view = RecordView.decode(Buffer.from(JSON.stringify(record)));
  if (view === undefined) throw new Error('no record');
  return view;
};

describe('a record that is no call', () => {
  test.each(RECORDS.map((record) => [record.kind, record] as const))('%s says what it is about', (_, record) => {
    expect(sentenceOf(viewOf(record)).text).toMatchSnapshot();
    expect(sentenceOf(viewOf(record)).text).not.toContain('?');
  });

  test('is of a kind that is told of, whatever kinds there are', () => {
    expect(new Set([...RECORDS.map(({ kind }) => kind as string), 'net'])).toEqual(RECORD_KINDS);
  });

  test('that holds nothing, or is of a later version, has a sentence too', () => {
    for (const { kind } of RECORDS) expect(sentenceOf(viewOf({ kind })).text).not.toBe('');
    expect(sentenceOf(viewOf({ kind: 'later\u001b[2J' }))).toMatchObject({
      text: 'later\\x1b[2J, which this version does not know',
    });
    expect(isBookkeeping('later')).toBe(false);
  });

  test('a call that outlasted the recording has not ended', () => {
    const end = { kind: 'net.end', ends: 9, event: { outcome: 'unknown' } };
    expect(sentenceOf(viewOf({ ...end, egress: { sent: 10, received: 20, open: true } })).text).toBe(
      '#9 was still open when the recording ended, sent 10 B, received 20 B so far',
    );
    expect(sentenceOf(viewOf({ ...end, egress: { open: true } })).text).toBe(
      '#9 was still open when the recording ended',
    );
  });

  test('obeys nothing that stands in it', () => {
    const evil = 'x\u001b]0;t\u0007\u202e\n— mallory \u001b[31m\n';
    const hostile = (value: unknown): unknown => {
      if (typeof value === 'string') return evil;
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(hostile);
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hostile(member)]));
    };
    for (const record of RECORDS) {
      const said = sentenceOf(viewOf({ ...(hostile(record) as object), kind: record.kind })).text;
      // eslint-disable-next-line no-control-regex -- what must not come out
      expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
  });
});
