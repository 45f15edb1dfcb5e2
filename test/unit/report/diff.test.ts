import { describe, expect, it } from 'vitest';
import { diffMarkdown, diffText } from '../../../src/report/diff/diff-text.js';
import { sideOf } from '../../../src/report/diff/side.js';
import { diffTraffic, type TrafficDiff, type Unseen } from '../../../src/report/diff/traffic-diff.js';
import { emptyTotals, flowKey, type Flow, type FlowIdentity } from '../../../src/report/rollup/flow.js';
import { Chalk } from 'chalk';

const nothing: Unseen = { trouble: [], holes: [] };
const base = { direction: 'egress', channel: 'https', observer: 'both', thirdParty: false, class: 'unjudged' } as const;

type Given = readonly (Partial<FlowIdentity> & Partial<Flow>)[];

function sideWith(...calls: Given) {
  const flows = calls.map((call): Flow => ({ ...base, port: 443, ...emptyTotals(), calls: 1, sent: 10, ...call }));
  return sideOf({ flows: new Map(flows.map((flow) => [flowKey(flow), flow])) });
}

function diff(old: Given, now: Given, unseen = { old: nothing, new: nothing }): TrafficDiff {
  return diffTraffic(sideWith(...old), sideWith(...now), unseen);
}

const stripe = { host: 'api.stripe.example', package: 'stripe', version: '14.0.0' };

describe('what is new', () => {
  it('a destination, with those who call it', () => {
    const { verdict, added } = diff([stripe], [stripe, { host: 'evil.example', package: 'left-pad' }]);
    expect(verdict).toBe('new');
    expect(added.places.map(({ host }) => host)).toEqual(['evil.example']);
    expect([...(added.places[0]?.callers.values() ?? [])]).toMatchObject([{ package: 'left-pad', calls: 1 }]);
  });

  it('another port, and another transport, of a known host', () => {
    expect(diff([stripe], [stripe, { ...stripe, port: 8443 }]).verdict).toBe('new');
    expect(diff([stripe], [stripe, { ...stripe, channel: 'udp' }]).verdict).toBe('new');
  });

  it('a package that calls a known destination, and a program without packages', () => {
    const { verdict, added } = diff([stripe], [stripe, { ...stripe, package: 'nx' }]);
    expect(verdict).toBe('new');
    expect(added.places).toEqual([]);
    expect(added.callers).toMatchObject([{ place: { host: stripe.host }, caller: { package: 'nx' } }]);
    expect(diff([stripe], [stripe, { host: stripe.host, program: 'curl' }]).added.callers).toMatchObject([
      { caller: { program: 'curl' } },
    ]);
  });

  it('a name that was looked up, unless it is called as well', () => {
    const lookup = { host: 'x.example', channel: 'dns', package: 'y' };
    const question = { direction: 'egress', ...lookup } as const;
    expect(diff([], [question]).added.places).toMatchObject([{ host: 'x.example', channel: 'dns' }]);
    expect(diff([], [question, { host: 'x.example' }]).added.places).toMatchObject([{ channel: 'net' }]);
  });
});

describe('what is not', () => {
  it('the interface by which a call was made, and the order', () => {
    expect(diff([stripe], [{ ...stripe, channel: 'fetch' }]).verdict).toBe('nothing_new');
  });

  it('a random port of this machine; a fixed one is', () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      expect(diff([{ host, port: 40_001 }], [{ host, port: 51_234 }]).verdict).toBe('nothing_new');
      expect(diff([{ host, port: 40_001 }], [{ host, port: 5432 }]).verdict).toBe('new');
    }
    expect(diff([{ host: '192.0.2.1', port: 40_001 }], [{ host: '192.0.2.1', port: 51_234 }]).verdict).toBe('new');
  });

  it('what came in', () => {
    expect(diff([], [{ direction: 'ingress', host: '192.0.2.1' }]).verdict).toBe('nothing_new');
  });

  it('another version, a volume, what is gone: told all the same', () => {
    const now = diff([stripe, { host: 'old.example' }], [{ ...stripe, version: '14.1.0', calls: 3, sent: 500 }]);
    expect(now.verdict).toBe('nothing_new');
    expect(now.packages).toContainEqual(expect.objectContaining({ kind: 'version', old: ['14.0.0'], new: ['14.1.0'] }));
    expect(now.volumes).toMatchObject([{ old: { calls: 1, sent: 10 }, new: { calls: 3, sent: 500 } }]);
    expect(now.gone.places).toMatchObject([{ host: 'old.example' }]);
  });
});

describe('what is not known', () => {
  it('a hole in the new side, or trouble with either, is never "nothing new"', () => {
    for (const unseen of [
      { old: nothing, new: { trouble: [], holes: ['a gap'] } },
      { old: nothing, new: { trouble: ['did not verify'], holes: [] } },
      { old: { trouble: ['did not verify'], holes: [] }, new: nothing },
    ])
      expect(diff([stripe], [stripe], unseen).verdict).toBe('incomplete');
    const oldHole = diff([stripe], [stripe], { old: { trouble: [], holes: ['a gap'] }, new: nothing });
    expect(oldHole).toMatchObject({ verdict: 'nothing_new', oldUnseen: ['a gap'] });
  });

  it('destinations that are not told apart', () => {
    const rest = { isRest: true, calls: 9 } as const;
    expect(diff([stripe], [stripe, rest]).verdict).toBe('incomplete');
    expect(diff([stripe, rest], [stripe])).toMatchObject({ verdict: 'nothing_new', oldUnseen: [expect.any(String)] });
  });
});

it('shows nothing that a terminal or a page would obey', () => {
  const hostile = { host: '\u001b[31m<img src=x>|`evil`.example', package: '@everyone [x](y)\r::error::' };
  const result = diff([], [hostile]);
  expect(diffText(result, { colour: new Chalk({ level: 0 }), columns: 80 })).not.toMatch(/\p{Cc}(?<!\n)/u);
  const page = diffMarkdown(result);
  expect(page).not.toMatch(/<|`|\[x]|::error|@everyone/);
  expect(page.split('\n').filter((line) => line.includes('example'))).toHaveLength(1);
});
