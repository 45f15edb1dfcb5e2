/** Formats for machines, of outcomes with every hostile text that a journal can hold. */
import Ajv from 'ajv';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { tellJob } from '../../../../src/report/format/github.js';
import { policyJunit } from '../../../../src/report/format/junit.js';
import { policyMarkdown } from '../../../../src/report/format/policy-markdown.js';
import { policySarif } from '../../../../src/report/format/sarif.js';
import { emptyTotals } from '../../../../src/report/rollup/flow.js';
import type { PolicyOutcome } from '../../../../src/report/policy/policy-outcome.js';
import { reason, type Reason } from '../../../../src/verdict/reason.js';

const folder = mkdtempSync(path.join(tmpdir(), 'egress-format-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const HOSTILE = [
  '::error title=x::pwned',
  '\n::set-output name=a::b',
  '\r\n::stop-commands::x',
  '##[error]pwned',
  '##vso[task.complete]',
  '%0A::warning::x',
  ']]><script>alert(1)</script>&amp;"\'',
  '\u0000\u0008\u001b[2J\u202e\ufffe\ud800',
  '| a | b |\n\n# head [x](javascript:y) @everyone <img src=x>',
];

function outcomeOf(hosts: readonly string[], reasons: readonly Reason[] = []): PolicyOutcome {
  const group = (host: string) => ({
    ...{ ...emptyTotals(), host, port: 443, channel: 'https', package: host, version: host, rule: host },
    ...{ calls: 14, sent: 61_700, isRest: false, query: {}, askedBy: [host] },
  });
  const isClean = hosts.length + reasons.length === 0;
  const all = [...(hosts.length > 0 ? [reason('unexpected', { count: hosts.length })] : []), ...reasons];
  const verdict = { level: isClean ? 'ALL_CLEAR' : 'ATTENTION', reasons: all, hooksOnly: false, soFar: false } as never;
  return {
    policy: { name: 'ci.policy.yaml', digest: 'd' },
    verdict,
    conclusion: hosts.length > 0 ? 'unexpected' : isClean ? 'clean' : 'incomplete',
    journals: [{ journal: '.egress', verdict }],
    calls: 14,
    whatIf: 0,
    unexpected: hosts.map((host) => ({ isAlarm: false, group: group(host), hint: 'Telemetry: switch it off' })),
  };
}

const hostile = outcomeOf(
  HOSTILE,
  HOSTILE.map((subject) => reason('gap', { count: 1, subject, lost: 1 })),
);
const sarif = (outcome: PolicyOutcome): string =>
  policySarif(outcome, { version: '0.1.0', file: 'ci.policy.yaml', exitCode: 1 });

/** What a runner would obey in these lines. */
const commands = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.split(/\r\n|\r|\n/)).filter((line) => /^\s*::|##[\w-]*\[/.test(line));

function github(outcome: PolicyOutcome, used = 0): { readonly lines: string[]; readonly summary: string } {
  const file = path.join(folder, 'summary');
  writeFileSync(file, 'x'.repeat(used));
  const lines: string[] = [];
  tellJob(outcome, { GITHUB_STEP_SUMMARY: file }, (line) => lines.push(line));
  return { lines, summary: readFileSync(file, 'utf8').slice(used) };
}

describe('annotations', () => {
  it('say of each reason what it is and what to do', () => {
    const { lines, summary } = github(
      outcomeOf([], [reason('not_verified', { subject: '#9' }), reason('unobserved', {})]),
    );
    expect(lines[0]).toBe(
      '::error title=egress%3A Alarm::the journal did not verify: #9%0A' +
        'Keep this copy as it is; egress verify says where. Then verify another copy.',
    );
    expect(lines[1]).toContain('title=egress%3A Not everything was seen::');
    expect(summary).toContain('- Alarm&#58; the journal did not verify&#58; ');
  });

  it('are ten at most, and say how many more there are', () => {
    const hosts = Array.from({ length: 40 }, (_, index) => `h${index}.example`);
    const { lines } = github(outcomeOf(hosts));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(
      '::error title=egress%3A Unexpected destination::h0.example:443 https: 14 calls, 61.7 kB sent, from h0.example h0.example (asked by h0.example), by rule h0.example%0ATelemetry: switch it off',
    );
    expect(lines[9]).toContain('and 31 more');
    expect(github(outcomeOf(hosts.slice(0, 10))).lines).toHaveLength(10);
  });

  it('hold whatever was recorded without becoming another command', () => {
    const { lines, summary } = github(hostile);
    expect(lines).toHaveLength(10);
    // Each line is one command, and it is ours.
    expect(commands(lines)).toEqual(lines);
    for (const line of lines) expect(line).toMatch(/^::error title=egress[^:,]*::/);
    expect(commands(summary.split('\n'))).toEqual([]);
  });

  it('nothing is told where there is nothing', () => {
    const { lines, summary } = github(outcomeOf([]));
    expect(lines).toEqual([]);
    expect(summary).toContain('ALL CLEAR');
  });
});

describe('the summary of a step', () => {
  it('stays under 1 MiB with what stands there already, and says what was cut', () => {
    const hosts = Array.from({ length: 4_000 }, (_, index) => `${'h'.repeat(240)}${index}.example`);
    const used = 300_000;
    const { summary } = github(outcomeOf(hosts), used);
    const bytes = statSync(path.join(folder, 'summary')).size;
    expect(bytes).toBeLessThan(1 << 20);
    expect(bytes).toBeGreaterThan(1_000_000);
    const cut = Number(/and (\d+) more lines that did not fit/.exec(summary)?.[1]);
    expect(cut + summary.split('\n').filter((line) => line.startsWith('| !')).length).toBe(4_000 + 2);
  });

  it('renders nothing of what was recorded', () => {
    const page = policyMarkdown(hostile);
    expect(page).not.toMatch(/<(script|img)|\]\(|@everyone|^# /m);
    expect(page.split('\n').filter((line) => line.startsWith('| !'))).toHaveLength(HOSTILE.length);
  });
});

test('SARIF is valid by its published schema, whatever was recorded', () => {
  const schema = JSON.parse(
    readFileSync(path.resolve(import.meta.dirname, '../../../vectors/sarif/sarif-2.1.0-rtm.5.json'), 'utf8'),
  ) as object;
  const ajv = new Ajv({ schemaId: 'id', meta: false, unknownFormats: 'ignore', logger: false });
  ajv.addMetaSchema(createRequire(import.meta.url)('ajv/lib/refs/json-schema-draft-04.json') as object);
  const validate = ajv.compile(schema);
  for (const outcome of [hostile, outcomeOf([]), outcomeOf(['a.example'])]) {
    const log = JSON.parse(sarif(outcome)) as { runs: { results: object[] }[] };
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(log.runs[0]?.results).toHaveLength(outcome.unexpected.length + (outcome === hostile ? HOSTILE.length : 0));
  }
  expect(validate({ ...(JSON.parse(sarif(hostile)) as object), version: '1' })).toBe(false);
  expect(commands(sarif(hostile).split('\n'))).toEqual([]);
});

test('a finding has the same fingerprint with other counts, and another one for another package', () => {
  const print = (outcome: PolicyOutcome): unknown =>
    (JSON.parse(sarif(outcome)) as { runs: { results: { partialFingerprints: unknown }[] }[] }).runs[0]?.results[0]
      ?.partialFingerprints;
  const one = outcomeOf(['a.example']);
  const grown = {
    ...one,
    unexpected: one.unexpected.map((f) => ({ ...f, group: { ...f.group, calls: 99, sent: 1 } })),
  };
  expect(print(grown)).toEqual(print(one));
  expect(print(outcomeOf(['b.example']))).not.toEqual(print(one));
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.runIf(hasPython)('JUnit is well-formed for an XML parser, whatever was recorded', () => {
  const count = `import sys, xml.etree.ElementTree as t
root = t.fromstring(sys.stdin.buffer.read())
cases = root.findall('./testsuite/testcase')
print(root.get('tests'), root.get('failures'), root.get('errors'), len(cases), len(root.findall('.//failure')), len(root.findall('.//error')))`;
  const parse = (outcome: PolicyOutcome): string =>
    spawnSync('python3', ['-c', count], { input: policyJunit(outcome), encoding: 'utf8' }).stdout.trim();
  const many = HOSTILE.length;
  expect(parse(hostile)).toBe([2 * many, many, many, 2 * many, many, many].join(' '));
  expect(parse(outcomeOf([]))).toBe('1 0 0 1 0 0');
  expect(commands(policyJunit(hostile).split('\n'))).toEqual([]);
});
