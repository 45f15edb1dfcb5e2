import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import type { PolicyCall } from '../../../src/policy/call.js';
import { judge } from '../../../src/policy/judge.js';
import { parsePolicy } from '../../../src/policy/parse-policy.js';
import { ruleLines, ruleText } from '../../../src/report/screen/rule-lines.js';

test.each([
  ['collector.acme.example', 35_067, '@acme/insights'],
  ['127.0.0.9', 25, undefined],
  ['fd00::7', 8443, 'stripe'],
])('the rule for %s makes the call expected that it was made for, and no other', async (host, port, name) => {
  const text = ruleText({ host, port, channel: 'http', ...(name === undefined ? {} : { package: name }) });
  const policy = await parsePolicy('p.yaml', `version: 1\n${text ?? ''}\n`);
  const call: PolicyCall = {
    ...{
      host,
      address: host,
      port,
      transport: 'tcp' as const,
      isLookup: false,
      packageName: name,
      packageVersion: '1.0.0',
    },
    ...{ executable: '/usr/bin/node', method: 'POST', sent: 1, time: '2026-10-20T12:04:05.000000Z' },
  };
  expect(judge(policy, call)).toMatchObject({ class: 'expected' });
  expect(judge({ ...policy, loopback: 'unexpected' }, { ...call, port: port + 1 }).class).toBe('unexpected');
});

test.each(['*.example', 'a: b', '\u202ex', 'b\u00fccher.example', '"', '', 'a'.repeat(254)])(
  '%s gives no rule',
  (host) => {
    expect(ruleText({ host })).toBeUndefined();
  },
);

const look = { columns: 60, rows: 16, colour: new Chalk({ level: 0 }), ascii: false, spoken: false };

test.each([
  ['expected', 'The policy expects these calls already (pay).'],
  ['alarm', 'The policy raises an alarm for these calls (pay), and no'],
] as const)('calls that are %s: no rule is offered that would change nothing', (callClass, says) => {
  const lines = ruleLines({ host: 'a.example', port: 443, class: callClass, rule: 'pay' }, look);
  expect(lines.join('\n')).toContain(says);
  expect(lines.join('\n')).not.toContain('rules:');
});

test('on a narrow screen a long rule is the same text, none of its blanks lost', () => {
  const query = { host: `${'a'.repeat(60)}.example`, port: 443, package: 'stripe' };
  const lines = ruleLines(query, look);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  const text = ruleText(query) ?? '';
  expect(lines.map((line) => line.slice(3)).join('')).toContain(text.replaceAll('\n', ''));
});
