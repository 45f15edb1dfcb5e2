import * as fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAddressRange } from '../../../src/policy/address.js';
import { BUILT_IN } from '../../../src/policy/built-in.js';
import type { PolicyCall } from '../../../src/policy/call.js';
import { matchesDestination, parseDestination } from '../../../src/policy/destination.js';
import { matchPath } from '../../../src/policy/glob.js';
import { judge } from '../../../src/policy/judge.js';
import { expectNone, loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.js';
import { parseStoredPolicy } from '../../../src/policy/stored-policy.js';
import { TELEMETRY } from '../../../src/policy/telemetry-catalogue.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

const call = (fields: Partial<PolicyCall> = {}): PolicyCall => ({
  host: 'api.example',
  address: '203.0.113.7',
  port: 443,
  transport: 'tcp',
  isLookup: false,
  packageName: 'shop',
  packageVersion: '1.2.3',
  executable: '/usr/bin/node',
  method: 'GET',
  sent: 100,
  time: '2026-10-20T12:04:41.218311Z',
  ...fields,
});

const policy = (yaml: string) => parsePolicy('p.yaml', `version: 1\n${yaml}`);

describe('a destination', () => {
  it.each([
    ['api.example', {}, true],
    ['api.example', { port: 80 }, false],
    ['API.example.', {}, true],
    ['api.example:*', { port: 80 }, true],
    ['*.example', {}, true],
    ['*.example', { host: 'a.b.example' }, false],
    ['**.example', { host: 'a.b.example' }, true],
    ['**.example', { host: 'example' }, false],
    ['*.example', { host: 'notexample' }, false],
    ['bücher.example', { host: 'xn--bcher-kva.example' }, true],
    ['dns.example:53/udp', { host: 'dns.example', port: 53 }, false],
    ['dns.example:53/udp', { host: 'dns.example', port: 53, transport: 'udp' }, true],
    // A name is compared with what was asked for, never with where it led; a range with where it led.
    ['203.0.113.0/24', {}, true],
    ['203.0.113.0/24:80', {}, false],
    ['203.0.113.7', { host: undefined }, true],
    ['203.0.113.8', {}, false],
    ['203.0.113.7', { address: '::ffff:203.0.113.7' }, true],
    ['[2001:db8::]/32', {}, undefined],
    ['2001:db8::/32', { address: '2001:db8::1' }, true],
    ['[2001:db8::1]:8443', { address: '2001:db8::1', port: 8443 }, true],
    ['unix:/run/x.sock', { transport: 'unix', host: '/run/x.sock' }, true],
    ['unix:/run/**', { transport: 'unix', host: '/run/a/b.sock' }, true],
    ['api.example', { transport: 'unix', host: '/api.example' }, false],
    ['api.example:8443', { isLookup: true, port: undefined }, true],
    ['203.0.113.0/24', { isLookup: true }, false],
  ] as const)('%s takes %o: %s', (text, fields, expected) => {
    const destination = parseDestination(text, 443);
    if (expected === undefined) expect(destination).toBeTypeOf('string');
    else if (typeof destination === 'string') expect.fail(destination);
    else expect(matchesDestination(destination, call(fields))).toBe(expected);
  });

  it.each([
    '*',
    '**',
    '*.*',
    'a*.example',
    'https://api.example',
    '',
    'a b',
    'api.example:0',
    'api.example:70000',
    '-a.example',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '2001:db8::1/32',
    '10.0.0.0/08',
    'unix:x',
    'x'.repeat(70),
  ])('is not %s', (text) => {
    expect(parseDestination(text, 443)).toBeTypeOf('string');
  });

  it('without a port means 443 where it allows, any where it denies', () => {
    const wide = parseDestination('api.example', 'any');
    expect(typeof wide !== 'string' && matchesDestination(wide, call({ port: 8080 }))).toBe(true);
  });
});

describe('a range of addresses', () => {
  it.each(['10.0.0.0/8', '::/0', '0.0.0.0/0', 'fe80::/10', '::ffff:10.0.0.0/104', '2001:db8:0:1::/64'])(
    'is %s',
    (text) => {
      expect(parseAddressRange(text)).toBeTypeOf('object');
    },
  );
});

describe('a path', () => {
  it.each([
    ['**/node', '/usr/bin/node', true],
    ['**/node', '/usr/bin/nodejs', false],
    ['/usr/*/node', '/usr/bin/node', true],
    ['/usr/*/node', '/usr/local/bin/node', false],
    ['/usr/**', '/usr', true],
  ])('%s takes %s: %s', (glob, file, expected) => {
    expect(matchPath(glob, file)).toBe(expected);
  });
});

describe('judging', () => {
  it('takes the first that matches: denial, declaration, rule, loopback', async () => {
    const rules = await policy(`
rules:
  - { id: api, to: "api.example", package: ["shop@^1"], why: it is ours, expires: 2026-10-20 }
  - { id: licence, to: "licence.acme.example", why: they said so }
deny:
  - { to: 169.254.169.254, why: no metadata here }
  - { id: soft, to: "bad.example", verdict: unexpected, why: not that one }
vendors:
  - name: acme
    packages: ["@acme/*"]
    to: ["*.acme.example"]
    declared:
      - { to: "licence.acme.example", methods: [post], max_request_bytes: 4096 }
`);
    expect(judge(rules, call())).toEqual({ class: 'expected', rule: 'api' });
    expect(judge(rules, call({ packageVersion: '2.0.0' }))).toEqual({ class: 'unexpected' });
    expect(judge(rules, call({ packageVersion: undefined }))).toEqual({ class: 'unexpected' });
    expect(judge(rules, call({ packageName: undefined }))).toEqual({ class: 'unexpected' });
    expect(judge(rules, call({ time: '2026-10-21T00:00:00.000000Z' }))).toEqual({
      class: 'unexpected',
      expired: 'api',
    });
    // However it was named: it is the address that counts.
    const metadata = call({ host: 'innocent.example', address: '169.254.169.254', port: 80 });
    expect(judge(rules, metadata)).toEqual({ class: 'alarm', rule: 'deny:169.254.169.254' });
    expect(judge(rules, call({ host: 'bad.example' }))).toEqual({ class: 'unexpected', rule: 'soft' });
    const licence = { host: 'licence.acme.example', packageName: '@acme/insights', method: 'POST', sent: 4096 };
    expect(judge(rules, call(licence))).toEqual({ class: 'expected', rule: 'vendor:acme', vendor: 'acme' });
    const alarm = { class: 'alarm', rule: 'vendor:acme', vendor: 'acme' };
    expect(judge(rules, call({ ...licence, sent: 4097 }))).toEqual(alarm);
    expect(judge(rules, call({ ...licence, sent: undefined }))).toEqual(alarm);
    expect(judge(rules, call({ ...licence, method: 'PUT' }))).toEqual(alarm);
    expect(judge(rules, call({ ...licence, host: 'api.example' }))).toEqual(alarm);
  });

  it('--expect none takes this machine by its own names and addresses alone', () => {
    const expected = (fields: Partial<PolicyCall>) => judge(expectNone(), call(fields)).class;
    expect(expected({ host: '127.0.0.1' })).toBe('expected');
    expect(expected({ host: 'localhost' })).toBe('expected');
    expect(expected({ host: 'localhost', isLookup: true })).toBe('expected');
    expect(expected({ host: undefined, address: '::1' })).toBe('expected');
    expect(expected({ host: undefined, address: '::ffff:127.0.0.1' })).toBe('expected');
    expect(expected({ host: '/run/x.sock', transport: 'unix' })).toBe('expected');
    expect(expected({ host: 'evil.example', address: '127.0.0.1' })).toBe('unexpected');
    expect(expected({ host: 'evil.example', isLookup: true, address: undefined })).toBe('unexpected');
    expect(expected({ host: 'localhost.evil.example' })).toBe('unexpected');
    expect(expected({ host: undefined, address: undefined })).toBe('unexpected');
  });
});

describe('a policy file', () => {
  it.each([
    ['ruls: []', 'p.yaml:2:1: the policy has no key ruls'],
    ['rules:\n  - { id: a, to: "*", why: x }', 'p.yaml:3:18: *: this would match every host'],
    ['rules:\n  - { id: a, to: [b.example, "10.0.0.1/8"], why: x }', 'p.yaml:3:30: 10.0.0.1/8: bits are set'],
    ['rules:\n  - { id: a, to: b.example }', 'p.yaml:3:5: rules.0.why'],
    ['rules:\n  - { id: a, to: b.example, why: x, package: "x@nonsense" }', 'x@nonsense: the part after @'],
    ['rules:\n  - { id: a, to: b.example, why: x, expires: 2026-02-30 }', 'rules.0.expires'],
    [
      'rules:\n  - { id: a, to: b.example, why: x }\n  - { id: a, to: c.example, why: x }',
      'p.yaml:4:5: the id a is used twice',
    ],
    ['vendors:\n  - { name: acme }', 'neither packages nor destinations'],
    ['gaps:\n  - { accept: everything, why: x }', 'gaps.0.accept'],
    ['extends: *a', 'p.yaml is not plain YAML'],
    ['unexpected: maybe', 'p.yaml:2:13: unexpected'],
  ])('%s is refused with its place', async (yaml, message) => {
    await expect(policy(yaml)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    await expect(policy(yaml)).rejects.toThrow(message);
  });

  it('adds up what it extends, and refuses a circle, a stranger and a file that is missing', async () => {
    const folder = temporaryFolder();
    const write = (name: string, text: string): string => {
      fs.writeFileSync(path.join(folder, name), `version: 1\n${text}`);
      return path.join(folder, name);
    };
    write('base.yaml', 'loopback: unexpected\nrules:\n  - { id: base, to: base.example, why: x }');
    const top = write(
      'top.yaml',
      'extends: [base.yaml, egress:deny-metadata]\nrules:\n  - { id: top, to: top.example, why: x }',
    );
    const loaded = await loadPolicy(top, fs);
    expect(loaded).toMatchObject({ loopback: 'unexpected', unexpected: 'fail' });
    expect(loaded.rules.map(({ id }) => id)).toEqual(['base', 'top']);
    expect(loaded.deny.map(({ id }) => id)).toEqual(['cloud-metadata']);
    const before = loaded.digest;
    write('base.yaml', 'rules:\n  - { id: base, to: other.example, why: x }');
    expect((await loadPolicy(top, fs)).digest).not.toBe(before);
    write('base.yaml', 'extends: top.yaml');
    await expect(loadPolicy(top, fs)).rejects.toThrow('extends itself');
    write('base.yaml', 'extends: egress:deny-everything');
    await expect(loadPolicy(top, fs)).rejects.toThrow('there is no built-in policy egress:deny-everything');
    await expect(loadPolicy(path.join(folder, 'none.yaml'), fs)).rejects.toMatchObject({ code: 'POLICY_MISSING' });
  });

  it('has no more patterns than a call can be compared with', () => {
    const made = (count: number): string => {
      const to = Array.from({ length: count }, (_, at) => `h${at}.example`);
      return JSON.stringify({ version: 1, rules: [{ id: 'a', to, package: ['b'], why: 'x' }] });
    };
    expect(parseStoredPolicy('p', made(16_383)).rules[0]?.to.length).toBe(16_383);
    expect(() => parseStoredPolicy('p', made(16_384))).toThrow('too long');
  });

  it('can extend each built-in policy', async () => {
    const folder = temporaryFolder();
    for (const name of Object.keys(BUILT_IN)) {
      const file = path.join(folder, 'p.yaml');
      fs.writeFileSync(file, `version: 1\nextends: ${name}\n`);
      expect((await loadPolicy(file, fs)).deny.length).toBeGreaterThan(0);
    }
    expect(TELEMETRY.every(({ switchOff }) => switchOff !== '')).toBe(true);
  });
});
