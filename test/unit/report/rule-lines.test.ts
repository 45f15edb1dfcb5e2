import { expect, test } from 'vitest';
import type { PolicyCall } from '../../../src/policy/call.js';
import { judge } from '../../../src/policy/judge.js';
import { parsePolicy } from '../../../src/policy/parse-policy.js';
import { ruleText } from '../../../src/report/screen/rule-lines.js';

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
