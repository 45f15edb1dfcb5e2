import { expect, test } from 'vitest';
import { parseAskedCall, type AskedCaller } from '../../../src/policy/asked-call.js';
import { parsePolicy } from '../../../src/policy/parse-policy.js';
import { explainCall } from '../../../src/report/policy/policy-explanation.js';

const POLICY = `version: 1
rules:
  - { id: payments, to: api.payments.example, package: ['stripe@^14'], why: cards }
  - { id: open, to: 'api.payments.example:80', why: redirects }
  - { id: base, to: ['10.0.0.0/8:5432', 'dns.example:53/udp'], process: '**/node', why: database }
  - { id: old, to: api.old.example, why: legacy, expires: 2026-01-31 }
deny: [{ id: metadata, to: 169.254.169.254, why: never }]
vendors:
  - name: acme
    to: ['*.acme.example']
    declared: [{ to: licence.acme.example, methods: [POST], max_request_bytes: 4096 }]
`;

async function explained(text: string, caller: AskedCaller = {}) {
  const call = parseAskedCall(text, caller, '2026-10-20T12:00:00.000Z');
  if (typeof call === 'string') throw new Error(call);
  return explainCall(await parsePolicy('p.yaml', POLICY), call);
}

test.each([
  ['api.payments.example', { package: 'stripe@14.2.0' }, 'expected', 'payments'],
  ['API.Payments.Example.:443', { package: 'stripe@14.2.0' }, 'expected', 'payments'],
  ['10.1.2.3:5432', { process: '/usr/bin/node' }, 'expected', 'base'],
  ['dns.example:53/udp', { process: '/usr/bin/node' }, 'expected', 'base'],
  ['169.254.169.254:80', {}, 'alarm', 'metadata'],
  ['licence.acme.example', { method: 'post' }, 'expected', 'vendor:acme'],
  ['licence.acme.example', { method: 'PUT' }, 'alarm', 'vendor:acme'],
  ['[::1]:3000', {}, 'expected', 'loopback'],
  ['unix:/run/x.sock', {}, 'expected', 'loopback'],
])('%s %j is %s by %s', async (text, caller, callClass, rule) => {
  expect(await explained(text, caller)).toMatchObject({ class: callClass, rule, whatIf: false });
});

test.each([
  [
    'api.payments.example',
    {},
    [
      ['payments', 'is for stripe@^14 alone'],
      ['open', 'is for port 80 there'],
    ],
    2,
  ],
  [
    'api.payments.example',
    { package: 'stripe@13.9.0' },
    [
      ['payments', 'is for stripe@^14 alone'],
      ['open', 'is for port 80 there'],
    ],
    2,
  ],
  [
    'api.payments.example:8080',
    {},
    [
      ['payments', 'is for port 443 there'],
      ['open', 'is for port 80 there'],
    ],
    2,
  ],
  ['10.1.2.3:5432', { process: '/usr/bin/curl' }, [['base', 'is for programs at **/node']], 3],
  ['dns.example:53', {}, [['base', 'is for port 53 of UDP there']], 3],
  ['other.example', {}, [], 4],
] as const)('%s %j: no rule expects it, and why not', async (text, caller, near, elsewhere) => {
  const explanation = await explained(text, caller);
  expect(explanation.class).toBe('unexpected');
  expect(explanation.near?.map(({ rule, because }) => [rule, because])).toEqual(near);
  expect(explanation.elsewhere).toBe(elsewhere);
  // What it says to add does what it says.
  const policy = await parsePolicy('added.yaml', explanation.add ?? '');
  const call = parseAskedCall(text, caller, '2026-10-20T12:00:00.000Z');
  expect(typeof call === 'string' ? call : explainCall(policy, call).class).toBe('expected');
});

test('a rule that has expired is named as such, once', async () => {
  expect(await explained('api.old.example')).toMatchObject({
    class: 'unexpected',
    expired: 'old',
    near: [],
    elsewhere: 3,
  });
});

test.each([
  '*.example',
  '**.a.example',
  'https://a.example/x',
  '10.0.0.0/8',
  'a.example:*',
  'a.example:0',
  'unix:x',
  '',
])('%j is no call', (text) => {
  expect(parseAskedCall(text, {}, '')).toBeTypeOf('string');
});
