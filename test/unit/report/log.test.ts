import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Chalk } from 'chalk';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log, type LogRequest } from '../../../src/report/log/log.js';
import type { LogFilter } from '../../../src/report/log/log-filter.js';
import { LogText } from '../../../src/report/log/log-text.js';
import { StoredLines } from '../../../src/report/stored/stored-lines.js';
import { writeSampleJournal } from '../../fixtures/sample-journal.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

const everything: LogFilter = { hosts: [], packages: [], channels: [], gaps: false };
let journal: string;

beforeEach(() => {
  journal = writeSampleJournal();
});

function select(filter: Partial<LogFilter>, request: Partial<LogRequest> = {}): (number | undefined)[] {
  const log = new Log(journal, { reverse: false, ...request, filter: { ...everything, ...filter } });
  return [...log.select()].map(({ view }) => view?.seq);
}

const all = Array.from({ length: 15 }, (_, index) => index + 1);

describe('what is selected', () => {
  test('everything, in order; backwards; the newest', () => {
    expect(select({})).toEqual(all);
    expect(select({}, { reverse: true })).toEqual(all.toReversed());
    expect(select({}, { newest: 3 })).toEqual([13, 14, 15]);
    expect(select({}, { newest: 3, reverse: true })).toEqual([15, 14, 13]);
    expect(select({}, { newest: 100 })).toEqual(all);
    expect(select({}, { newest: 0 })).toEqual([]);
  });

  test.each<[string, Partial<LogFilter>, number[]]>([
    ['a host', { hosts: ['api.stripe.example'] }, [7]],
    ['hosts by pattern', { hosts: ['*.example'] }, [7, 12]],
    ['an address of the other end', { hosts: ['127.0.9.4'] }, [9]],
    ['part of a name is not a match', { hosts: ['stripe.example'] }, []],
    ['several hosts', { hosts: ['live.*', '127.0.9.*'] }, [9, 12]],
    ['a package', { packages: ['shop'] }, [8, 12]],
    ['a channel', { channels: ['tcp', 'ws'] }, [9, 12]],
    ['all that is asked for has to hold', { packages: ['shop'], channels: ['ws'] }, [12]],
    ['gaps', { gaps: true }, [14]],
    ['numbers', { seq: { first: 9, last: 11 } }, [9, 10, 11]],
    ['a time', { since: '2026-10-21T00:00:00.000000Z' }, [12, 13, 14, 15]],
    ['until a time', { until: '2026-10-20T12:04:05.001201Z' }, [1, 2, 10, 11]],
  ])('%s', (_name, filter, expected) => {
    expect(select(filter)).toEqual(expected);
    expect(select(filter, { reverse: true })).toEqual(expected.toReversed());
  });

  test('what the form has no words for does not count among the newest', () => {
    const shows = ({ view }: { view: { kind: string | undefined } | undefined }): boolean => view?.kind === 'net';
    const calls = select({}, { shows });
    expect(calls.length).toBeGreaterThan(2);
    expect(select({}, { shows, newest: 2 })).toEqual(calls.slice(-2));
  });

  test('a run owns its segments', () => {
    expect(select({}, { run: 1 })).toEqual(all.slice(0, 9));
    expect(select({}, { run: 2, newest: 1 })).toEqual([15]);
    expect(select({}, { run: 3 })).toEqual([]);
  });
});

describe('following', () => {
  test.each<[string, Partial<LogRequest>]>([
    ['everything', {}],
    ['the newest', { newest: 1 }],
    ['nothing', { newest: 0 }],
  ])('after %s, over a torn line and into a new segment', async (_name, request) => {
    const log = new Log(journal, { filter: everything, reverse: false, ...request });
    expect([...log.select()].at(-1)?.view?.seq).toBe(request.newest === 0 ? undefined : 15);
    const second = path.join(journal, 'segments', '00000002.jsonl');
    const steps = [
      () => {
        appendFileSync(second, '{"seq":16,"prev":"","kind":"x"}\n{"seq":17,');
      },
      () => {
        appendFileSync(second, '"prev":"","kind":"x"}\n');
      },
      () => {
        writeFileSync(path.join(journal, 'segments', '00000003.jsonl'), '{"seq":18,"prev":"","kind":"x"}\n');
      },
    ];
    const seen: (number | undefined)[] = [];
    const following = log.follow(() => {
      steps.shift()?.();
      return Promise.resolve();
    });
    for await (const { view } of following) if (seen.push(view?.seq) === 3) break;
    expect(seen).toEqual([16, 17, 18]);
  });
});

/** One line of each kind of nonsense; none may stop the reader or reach the terminal unescaped. */
const HOSTILE: readonly (string | Buffer)[] = [
  '',
  'not json',
  '[]',
  'null',
  '"text"',
  '7',
  '{"seq":1e3,"kind":7}',
  '{"seq":"x","kind":"net","network":[],"server":"x","http":{"request":[1]},"egress":null}',
  '{"kind":"net","server":{"address":"\\u001b[2J\\u202e","port":-1.5},"url":{"path":"\\u009b31m"}}',
  '{"kind":"net","dns":{"question":{"name":{},"type":"A\\n"}},"http":{"response":{"status_code":1e99}}}',
  '{"kind":"net","network":{"direction":"ingress","peer":{"address":["x"]},"local":{"port":"y"}}}',
  '{"kind":"net","__proto__":{"seq":5},"constructor":1,"time":"2026-99-99T99:99:99.999999Z"}',
  '{"kind":"run.open","observers":[null,1,{"name":[]}],"run":{"command":{"args":"x","argv0":["\\u0007"]}}}',
  '{"kind":"run.close","exit":{"signal":"\\u001b]0;x\\u0007"},"counts":[]}',
  '{"kind":"gap","gap":{"reason":{},"count":[],"executable":"\\r\\n# all clear"}}',
  '{"kind":"net.end","ends":"1"}',
  '{"kind":"recovered","recovered":{"unproven":["a"],"torn_bytes":-1}}',
  Buffer.from([0xff, 0xfe, 0x00, 0x1b]),
  `{"kind":"net","server":{"address":"${'a'.repeat(60_000)}"}}`,
  '['.repeat(60_000),
  'x'.repeat(1 << 20),
];

describe('hostile lines', () => {
  function hostileJournal(end: string): string {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'segments'));
    const lines = HOSTILE.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
    writeFileSync(path.join(folder, 'segments', '00000001.jsonl'), Buffer.concat([...lines, Buffer.from(end)]));
    return folder;
  }

  test('forward and backward see the same lines, the last newline decides', () => {
    for (const end of ['', 'torn']) {
      const lines = new StoredLines(hostileJournal(end));
      const forward = [...lines.forward(1)].map(({ offset, bytes }) => ({ offset, bytes }));
      const backward = [...lines.backward(1)].map(({ offset, bytes }) => ({ offset, bytes }));
      expect(forward).toHaveLength(HOSTILE.length);
      expect(backward.toReversed()).toEqual(forward);
    }
  });

  test('every one becomes short printable lines, whatever the width', () => {
    const lines = new StoredLines(hostileJournal(''));
    for (const columns of [undefined, 40, 80, 120]) {
      const text = new LogText({ colour: new Chalk({ level: 0 }), columns, local: true });
      for (const { view } of lines.forward(1)) {
        const shown = view === undefined ? text.renderBroken('somewhere') : (text.render(view) ?? '');
        // eslint-disable-next-line no-control-regex -- what must not come out
        expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
        expect(shown.split('\n').length).toBeLessThanOrEqual(2);
        expect(shown.length).toBeLessThan(2_000);
      }
    }
  });
});
