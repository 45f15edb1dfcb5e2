import { describe, expect, test } from 'vitest';
import chalk from 'chalk';
import type { StoredBody } from '../../../src/event/officer-record.js';
import type { JournalRecord } from '../../../src/event/record.js';
import { RecordView } from '../../../src/event/record-view.js';
import { buildFleet } from '../../../src/report/model/fleet.js';
import { matchesRecord } from '../../../src/report/model/record-query.js';
import { bodyTables } from '../../../src/report/model/body-tables.js';
import { buildReport, type ReportModel } from '../../../src/report/model/report-model.js';
import { UNJUDGED } from '../../../src/report/policy/judging.js';
import { reportJson } from '../../../src/report/report-json.js';
import { reportMarkdown } from '../../../src/report/report-markdown.js';
import { reportText } from '../../../src/report/report-text.js';
import { Rollup } from '../../../src/report/rollup/rollup.js';
import { decodeRollup, encodeRollup } from '../../../src/report/rollup/rollup-json.js';
import { SegmentContext } from '../../../src/report/rollup/segment-context.js';

const by = { uid: 1000, name: 'dev' };
const note = 'egress-statement/v1\n\n— alice.example GisxTQ==\n';
const at = (clock: string): string => `2026-10-20T${clock}:00.000000Z`;
const state = (capture: 'on' | 'off'): JournalRecord => ({
  ...{ kind: 'state', time: at('12:00') },
  state: {
    ...{ capture, officers: [], holds: [], grants: [] },
    ...(capture === 'on' ? { forensics: { seq: 2, until: at('14:00') } } : {}),
  },
});
const stored: JournalRecord = {
  ...{ kind: 'body.stored', time: at('12:02') },
  body: {
    ...{ net: 1, part: 'request', segment: 1, inner: '0', outer: '0', bytes: 2_400, stored_bytes: 3_000 },
    truncated: false,
  },
};

/** Two segments: what begins in the first goes on, or ends, in the second. */
const SEGMENTS: readonly (readonly JournalRecord[])[] = [
  [
    state('off'),
    {
      ...{ kind: 'forensics.enable', time: at('12:01'), by, note },
      statement: { why: 'incident 42', until: at('14:00'), match: 'api.stripe.example' },
    },
    stored,
    {
      ...{ kind: 'body.read.intent', time: at('12:03'), by, note },
      statement: { body: 3, inner: '0', why: 'incident 42' },
    },
    {
      ...{ kind: 'grant.add', time: at('12:04'), by, note, stored: { segment: 1, outer: '0', stored_bytes: 1 } },
      statement: {
        ...{ body: 3, read: 4, inner: '0', reader: 'bob.example+5e6f7a8b+AWtleQ== age1', until: at('13:00') },
        why: 'review',
      },
    },
  ],
  [
    state('on'),
    { kind: 'body.read.outcome', time: at('12:05'), by, note, statement: { intent: 4, outcome: 'opened' } },
    { kind: 'grant.revoke', time: at('12:06'), by, note, statement: { grant: 5, why: 'done' } },
    { kind: 'forensics.disable', time: at('12:07'), by, note, statement: { why: 'found' } },
  ],
];

function views(segments: readonly (readonly JournalRecord[])[]): readonly (readonly RecordView[])[] {
  let seq = 0;
  return segments.map((records) =>
    records.map((record) => {
      seq += 1;
      const view = RecordView.decode(Buffer.from(JSON.stringify({ seq, ...record })));
      if (view === undefined) throw new Error('no record');
      return view;
    }),
  );
}

/** Each segment counted by itself, kept as text and read again, as the reader's cache does. */
function counted(segments: readonly (readonly JournalRecord[])[]): Rollup {
  const all = new Rollup();
  for (const records of views(segments)) {
    const rollup = new Rollup();
    const context = new SegmentContext();
    for (const view of records) rollup.add(view, context, UNJUDGED.judge);
    all.merge(decodeRollup(encodeRollup(rollup)));
  }
  return all;
}

function modelOf(segments: readonly (readonly JournalRecord[])[]): ReportModel {
  return buildReport({ journal: 'j', rollup: counted(segments), verification: undefined, judging: UNJUDGED });
}

const chipOf = ({ chips }: ReportModel): string =>
  chips.filter(({ name }) => name.startsWith('Bodies')).map(({ name, meaning }) => `${name}: ${meaning}`)[0] ?? '';

describe('bodies in a report', () => {
  test('are off where no record speaks of any', () => {
    expect(chipOf(modelOf([[state('off')]]))).toBe(
      'Bodies OFF: no record says that one was captured; not verified yet',
    );
    expect(bodyTables(modelOf([[state('off')]]))).toEqual([]);
  });

  test('are on as long as the order lasts', () => {
    const text = 'captured of api.stripe.example until 2026-10-20 14:00:00Z by order #2; 1 stored, 1 reading, 1 grant';
    expect(chipOf(modelOf(SEGMENTS.slice(0, 1)))).toBe(`Bodies ON: ${text}`);
    const later: JournalRecord = {
      kind: 'gap',
      time: at('15:00'),
      gap: { reason: 'frame_rate', count: 1, from: '', to: '' },
    };
    expect(chipOf(modelOf([[...(SEGMENTS[0] ?? []), later]]))).toContain('Bodies were ON: captured of api.stripe');
  });

  test('were on where the order was taken back, whichever segment says so', () => {
    expect(chipOf(modelOf(SEGMENTS))).toContain(
      'Bodies were ON: captured of api.stripe.example until 2026-10-20 12:07:00Z',
    );
  });

  test('are told of when the order itself is gone, by the state that a segment begins with', () => {
    expect(chipOf(modelOf([[state('on')]]))).toContain('Bodies ON: captured until 2026-10-20 14:00:00Z by order #2');
  });

  test('have their orders, readings and grants in every form of the report, and each leads to its records', () => {
    const model = modelOf(SEGMENTS);
    expect(bodyTables(model).map(({ title, rows }) => [title, rows])).toMatchSnapshot();
    const forms = [reportText(model, { colour: chalk, columns: undefined }), reportMarkdown(buildFleet([model]))];
    for (const form of forms)
      for (const word of ['Bodies read', 'bob.example', 'incident 42']) expect(form).toContain(word);
    expect(reportJson(buildFleet([model]))).toMatchObject({
      journals: [
        {
          bodies: {
            captures: [{ seq: 2, by: 'alice.example', ended: at('12:07'), ended_by: 9 }],
            reads: [{ seq: 4, body: 3, net: 1, part: 'request', from: 'client', outcome: 'opened', ended_by: 7 }],
            grants: [{ seq: 5, reader: 'bob.example', part: 'request', ended_by: 8 }],
            newest: [{ seq: 3, net: 1, part: 'request', from: 'client' }],
            stored: { count: 1, bytes: 2_400 },
          },
        },
      ],
    });
    const all = views(SEGMENTS).flat();
    const found = bodyTables(model).map(({ rows }) =>
      all
        .filter((view) => matchesRecord(rows[0]?.query ?? {}, view, new SegmentContext(), UNJUDGED.judge))
        .map(({ kind }) => kind),
    );
    expect(found).toEqual([
      ['forensics.enable', 'forensics.disable'],
      ['body.read.intent', 'body.read.outcome'],
      ['grant.add', 'grant.revoke'],
    ]);
  });

  test('of a WebSocket are told by who sent them, also where a copy is read', () => {
    const server: JournalRecord = {
      ...{ kind: 'body.stored', time: at('12:02') },
      body: { ...(stored as { body: StoredBody }).body, part: 'response', protocol: 'websocket' },
    };
    const copyRead: JournalRecord = {
      ...{ kind: 'body.read.intent', time: at('12:08'), by, note },
      statement: { body: 5, inner: '0', why: 'mine' },
    };
    const segments = [(SEGMENTS[0] ?? []).map((record) => (record === stored ? server : record)), [copyRead]];
    const [, read, granted] = bodyTables(modelOf(segments)).map(({ rows }) => rows.map(({ cells }) => cells[2]));
    expect(read).toEqual(['#5 server messages', '#3 server messages']);
    expect(granted).toEqual(['#3 server messages']);
    expect(reportJson(buildFleet([modelOf(segments)]))).toMatchObject({
      journals: [{ bodies: { reads: [{ from: 'server', protocol: 'websocket' }, { from: 'server' }] } }],
    });
  });

  test('cannot fill memory: of too many readings the newest are kept', () => {
    const intent = (): JournalRecord => ({
      ...{ kind: 'body.read.intent', time: at('12:03'), by, note },
      statement: { body: 3, inner: '0', why: 'x'.repeat(10_000) },
    });
    const { reads } = counted([Array.from({ length: 3_000 }, intent)]).bodies.facts;
    expect([reads.length, reads[0]?.seq, reads[0]?.why?.length]).toEqual([1_024, 1_977, 500]);
  });
});
