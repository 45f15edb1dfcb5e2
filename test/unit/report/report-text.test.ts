import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../../src/core/display-width.js';
import { fleetText } from '../../../src/report/fleet-text.js';
import { UNJUDGED } from '../../../src/report/policy/judging.js';
import { buildFleet } from '../../../src/report/model/fleet.js';
import { buildReport, type ReportInput, type ReportModel } from '../../../src/report/model/report-model.js';
import { reportJson } from '../../../src/report/report-json.js';
import { reportMarkdown } from '../../../src/report/report-markdown.js';
import { Traffic } from '../../../src/report/rollup/traffic.js';
import { writeCalls, type MadeCall } from '../../fixtures/made-journal.js';

const plain = new Chalk({ level: 0 });

function reportOf(calls: readonly MadeCall[], input: Partial<ReportInput> = {}): ReportModel {
  const traffic = new Traffic(writeCalls(calls), { judge: () => ({ class: 'unjudged' }) });
  for (const step of traffic.advance()) expect(step.total).toBeGreaterThan(0);
  return buildReport({ journal: 'j', rollup: traffic.rollup, verification: undefined, judging: UNJUDGED, ...input });
}

const hostile: readonly MadeCall[] = [
  { host: '\x1b]0;owned\x07evil.example', name: 'x\x1b[2J', path: '/\u202egpj' },
  { host: `${'a'.repeat(10_000)}.example`, name: '包'.repeat(200) },
  { host: 'bücher.example', name: '👩‍👩‍👧🇫🇷' },
  { host: '| pipe | **bold** <script>alert(1)</script> [x](http://evil.example) @everyone', name: '`code`' },
];

describe('hostile text', () => {
  const model = reportOf(hostile);

  test.each([60, 80, 120, 200])('at %i columns: nothing that a terminal obeys, no line too wide', (columns) => {
    const text = fleetText(buildFleet([model, model]), { colour: plain, columns });
    // eslint-disable-next-line no-control-regex -- controls are what is looked for
    expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    for (const line of text.split('\n').filter((it) => !it.startsWith('  –'))) {
      expect([line, displayWidth(line) <= columns]).toEqual([line, true]);
    }
    expect(text).toContain('\\x1b]0;owned\\x07evil.example');
    expect(text).toContain('xn--bcher');
  });

  test('Markdown renders none of it', () => {
    const text = reportMarkdown(buildFleet([model]));
    expect(text).not.toMatch(/<script|\*\*bold|\[x\]\(|`code|@everyone|\| pipe/);
    expect(text).toContain('&#60;script&#62;');
  });
});

describe('verdicts', () => {
  const level = (model: ReportModel): string => model.verdict.level;

  test('a journal that nobody verified is never clear', () => {
    expect(level(reportOf([{ name: 'shop' }]))).toBe('NOT_CHECKED');
  });

  test('a call of egress itself is an alarm', () => {
    const model = reportOf([{ name: 'egress' }]);
    expect(level(model)).toBe('ALARM');
    expect(model.chips.find(({ name }) => name.startsWith('Self-egress'))).toMatchObject({
      name: 'Self-egress 1',
      state: 'failed',
    });
  });

  test('of several journals the worst comes first and counts for all', () => {
    const fleet = buildFleet([reportOf([{ name: 'shop' }]), reportOf([{ name: 'egress' }], { journal: 'bad' })]);
    expect(fleet.verdict.level).toBe('ALARM');
    expect(fleet.reports.map(({ journal }) => journal)).toEqual(['bad', 'j']);
    expect(reportJson(fleet)).toMatchObject({ verdict: 'ALARM', journals: [{ journal: 'bad' }, { journal: 'j' }] });
    expect(fleetText(fleet, { colour: plain, columns: 80 }).split('\n')[0]).toBe('✗ ALARM   1 of 2 journals');
  });
});
