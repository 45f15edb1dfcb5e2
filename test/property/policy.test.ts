/**
 * Policies against a naive model: slow, recursive, written from docs/POLICY.md, and without a line of the matcher. Both
 * get the same policy, one as YAML and the other as data.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { PolicyCall } from '../../src/policy/call.js';
import { judge, type Judgement } from '../../src/policy/judge.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import { parseStoredPolicy } from '../../src/policy/stored-policy.js';

type Version = readonly [number, number, number];

type Target =
  | { readonly kind: 'host'; readonly labels: readonly string[] }
  | { readonly kind: 'range'; readonly bits: readonly number[]; readonly length: number; readonly is6: boolean }
  | { readonly kind: 'unix'; readonly path: readonly string[] };

interface To {
  readonly target: Target;
  readonly port: number | '*' | undefined;
  readonly isUdp: boolean;
}

interface Caller {
  readonly packages: readonly {
    readonly name: string;
    readonly range?: { readonly sign: '^' | '~' | '>='; readonly version: Version };
  }[];
  readonly processes: readonly (readonly string[])[];
}

interface MadePolicy {
  readonly loopback: boolean;
  readonly rules: readonly (Caller & { readonly to: readonly To[]; readonly expires: string | undefined })[];
  readonly deny: readonly (Caller & { readonly to: readonly To[]; readonly alarm: boolean })[];
  readonly vendors: readonly {
    readonly packages: Caller['packages'];
    readonly to: readonly To[];
    readonly declared: readonly {
      readonly to: To;
      readonly method: string | undefined;
      readonly max: number | undefined;
    }[];
  }[];
}

// Few words, so that patterns and calls meet.
const label = fc.constantFrom('a', 'b', 'api', 'x-1');
const pattern = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'api', 'x-1', '*', '**'), { maxLength: 3 }), label)
  .map(([labels, last]) => [...labels, last]);
const bytes4 = fc.tuple(
  fc.constantFrom(10, 127, 203),
  fc.constantFrom(0, 1),
  fc.constantFrom(0, 7),
  fc.constantFrom(1, 9, 200),
);
const bitsOf = (bytes: readonly number[]): number[] =>
  bytes.flatMap((byte) => Array.from(byte.toString(2).padStart(8, '0'), Number));
const range4 = fc.tuple(bytes4, fc.constantFrom(8, 15, 24, 31, 32)).map(([bytes, length]): Target => {
  return { kind: 'range', bits: bitsOf(bytes).map((bit, at) => (at < length ? bit : 0)), length, is6: false };
});
const bytes6 = fc
  .tuple(fc.constantFrom(0, 0x20), fc.constantFrom(0, 1), fc.constantFrom(0, 0xff), fc.constantFrom(1, 2))
  .map(([a, b, c, d]) => {
    const bytes = Array.from({ length: 16 }, () => 0);
    [bytes[0], bytes[3], bytes[9], bytes[15]] = [a, b, c, d];
    return bytes;
  });
const range6 = fc.tuple(bytes6, fc.constantFrom(16, 32, 77, 127, 128)).map(([bytes, length]): Target => {
  return { kind: 'range', bits: bitsOf(bytes).map((bit, at) => (at < length ? bit : 0)), length, is6: true };
});
const pathPart = fc.constantFrom('run', 'tmp', 'x.sock', 'y', '**', '*.sock', '*');
const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 4, arbitrary: pattern.map((labels): Target => ({ kind: 'host', labels })) },
  { weight: 2, arbitrary: range4 },
  { weight: 1, arbitrary: range6 },
  {
    weight: 1,
    arbitrary: fc.array(pathPart, { minLength: 1, maxLength: 3 }).map((path): Target => ({ kind: 'unix', path })),
  },
);
const to: fc.Arbitrary<To> = fc.record({
  target,
  port: fc.constantFrom(undefined, undefined, '*' as const, 443, 80),
  isUdp: fc.constantFrom(false, false, false, true),
});
const version: fc.Arbitrary<Version> = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
const packages = fc.array(
  fc.record(
    {
      name: fc.constantFrom('stripe', '@acme/one', '@acme/*', 'str*'),
      range: fc.record({ sign: fc.constantFrom('^' as const, '~' as const, '>=' as const), version }),
    },
    { requiredKeys: ['name'] },
  ),
  { maxLength: 2 },
);
const processes = fc.array(
  fc.array(fc.constantFrom('**', 'usr', 'bin', 'node', 'n*', '*'), { minLength: 1, maxLength: 3 }),
  { maxLength: 1 },
);
const caller = { packages: fc.oneof(fc.constant([]), packages), processes: fc.oneof(fc.constant([]), processes) };
const tos = fc.array(to, { minLength: 1, maxLength: 2 });
const policies: fc.Arbitrary<MadePolicy> = fc.record({
  loopback: fc.boolean(),
  rules: fc.array(
    fc.record({ ...caller, to: tos, expires: fc.constantFrom(undefined, undefined, '2026-10-19', '2026-10-20') }),
    { maxLength: 4 },
  ),
  deny: fc.array(fc.record({ ...caller, to: tos, alarm: fc.boolean() }), { maxLength: 1 }),
  vendors: fc.array(
    fc
      .record({
        packages: fc.oneof(fc.constant([]), packages),
        to: tos,
        declared: fc.array(
          fc.record({ to, method: fc.constantFrom(undefined, 'GET', 'POST'), max: fc.constantFrom(undefined, 0, 100) }),
          { maxLength: 2 },
        ),
      })
      // A declaration that the vendor keeps to, often enough.
      .map((vendor) => ({
        ...vendor,
        declared: vendor.declared.map((declared, at) =>
          at === 0 ? { ...declared, to: { ...vendor.to[0], port: '*' } as To } : declared,
        ),
      })),
    { maxLength: 1 },
  ),
});

const text4 = (bytes: readonly number[]): string => bytes.join('.');
const text6 = (bytes: readonly number[]): string =>
  Array.from({ length: 8 }, (_, at) => (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16)).join(':');
const bytesOfBits = (bits: readonly number[]): number[] =>
  Array.from({ length: bits.length / 8 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2));

const calls: fc.Arbitrary<PolicyCall & { readonly raw: readonly number[] | undefined }> = fc
  .record({
    labels: fc.option(fc.array(label, { minLength: 1, maxLength: 4 }), { nil: undefined }),
    local: fc.constantFrom(undefined, undefined, undefined, 'localhost', 'db.localhost'),
    raw: fc.oneof(bytes4, bytes6, fc.constant(undefined)),
    isMapped: fc.constantFrom(false, false, true),
    port: fc.constantFrom(443, 80, 53),
    transport: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'unix' as const),
    isLookup: fc.constantFrom(false, false, false, true),
    path: fc.array(fc.constantFrom('run', 'tmp', 'x.sock', 'y'), { minLength: 1, maxLength: 3 }),
    upper: fc.boolean(),
    packageName: fc.constantFrom('stripe', '@acme/one', '@acme/two', 'other', undefined),
    packageVersion: fc.option(version, { nil: undefined }),
    executable: fc.constantFrom('/usr/bin/node', '/bin/node', '/usr/bin/nano', undefined),
    method: fc.constantFrom('GET', 'POST', undefined),
    sent: fc.constantFrom(0, 100, 101, undefined),
    time: fc.constantFrom('2026-10-20T00:00:00.000000Z', '2026-10-20T23:59:59.999999Z', '2026-10-21T00:00:00.000000Z'),
  })
  .map(({ labels, local, raw, isMapped, path, upper, packageVersion, ...rest }) => {
    const address =
      raw === undefined ? undefined : raw.length === 4 ? `${isMapped ? '::ffff:' : ''}${text4(raw)}` : text6(raw);
    const name = local ?? labels?.join('.');
    const isUnix = rest.transport === 'unix';
    const host = isUnix ? `/${path.join('/')}` : upper ? `${name?.toUpperCase() ?? ''}.` : name;
    const shown = host === '.' || host === '' ? undefined : host;
    return {
      ...rest,
      isLookup: rest.isLookup && !isUnix,
      host: shown ?? (isUnix ? host : undefined),
      address: isUnix ? undefined : address,
      raw: isUnix ? undefined : raw,
      packageVersion: packageVersion?.join('.'),
    };
  });

function toText({ target: it, port, isUdp }: To): string {
  if (it.kind === 'unix') return `unix:/${it.path.join('/')}`;
  const tail = `${port === undefined ? '' : `:${port}`}${isUdp ? '/udp' : ''}`;
  if (it.kind === 'host') return `${it.labels.join('.')}${tail}`;
  const bytes = bytesOfBits(it.bits);
  return `${it.is6 ? `[${text6(bytes)}/${it.length}]` : `${text4(bytes)}/${it.length}`}${tail}`;
}

function yamlOf(made: MadePolicy): string {
  const packageText = ({ name, range }: Caller['packages'][number]): string =>
    range === undefined ? name : `${name}@${range.sign}${range.version.join('.')}`;
  const who = ({ packages: names, processes: globs }: Caller): object => ({
    ...(names.length === 0 ? {} : { package: names.map(packageText) }),
    ...(globs.length === 0 ? {} : { process: globs.map((parts) => `/${parts.join('/')}`) }),
  });
  return stringify({
    version: 1,
    loopback: made.loopback ? 'expected' : 'unexpected',
    rules: made.rules.map((rule, at) => ({
      ...{ id: `r${at}`, to: rule.to.map(toText), ...who(rule), why: 'x' },
      ...(rule.expires === undefined ? {} : { expires: rule.expires }),
    })),
    deny: made.deny.map((denial, at) => ({
      id: `d${at}`,
      to: denial.to.map(toText),
      ...who(denial),
      verdict: denial.alarm ? 'alarm' : 'unexpected',
      why: 'x',
    })),
    vendors: made.vendors.map((vendor, at) => ({
      name: `v${at}`,
      ...(vendor.packages.length === 0 ? {} : { packages: vendor.packages.map(packageText) }),
      to: vendor.to.map(toText),
      declared: vendor.declared.map(({ to: where, method, max }) => ({
        to: toText(where),
        ...(method === undefined ? {} : { methods: [method] }),
        ...(max === undefined ? {} : { max_request_bytes: max }),
      })),
    })),
  });
}

type Made = PolicyCall & { readonly raw: readonly number[] | undefined };

/** `wild` stands for `min` or more parts; in a path `*` stands for any characters of one. */
function partsMatch(
  parts: readonly string[],
  items: readonly string[],
  min: 0 | 1,
  one: (part: string, item: string) => boolean,
): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return items.length === 0;
  if (part !== '**') return items[0] !== undefined && one(part, items[0]) && partsMatch(rest, items.slice(1), min, one);
  return Array.from({ length: items.length + 1 }, (_, at) => at).some(
    (at) => at >= min && partsMatch(rest, items.slice(at), min, one),
  );
}

function starMatch(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  if (glob.startsWith('*')) return starMatch(glob.slice(1), text) || (text !== '' && starMatch(glob, text.slice(1)));
  return text !== '' && glob[0] === text[0] && starMatch(glob.slice(1), text.slice(1));
}

const labelsOf = (host: string): string[] => host.toLowerCase().replace(/\.$/, '').split('.');
const numbers = [/^\d+\.\d+\.\d+\.\d+$/, /:/];

function goes({ target: it, port, isUdp }: To, call: Made, portDefault: number | '*'): boolean {
  if (it.kind === 'unix') {
    return call.transport === 'unix' && partsMatch(['', ...it.path], (call.host ?? '').split('/'), 0, starMatch);
  }
  if (call.transport === 'unix') return false;
  const isNamed =
    it.kind === 'host' &&
    call.host !== undefined &&
    partsMatch(it.labels, labelsOf(call.host), 1, (part, item) => part === '*' || part === item);
  if (call.isLookup) return isNamed;
  const wanted = port ?? portDefault;
  if ((isUdp ? 'udp' : 'tcp') !== call.transport || (wanted !== '*' && wanted !== call.port)) return false;
  if (it.kind === 'host') return isNamed;
  // A call that names an address and tells of none that was reached was made to that address; hosts here are names.
  if (call.raw === undefined) return false;
  return (
    call.raw.length === (it.is6 ? 16 : 4) &&
    bitsOf(call.raw).slice(0, it.length).join('') === it.bits.slice(0, it.length).join('')
  );
}

function inRange(
  { sign, version: [a, b, c] }: { sign: '^' | '~' | '>='; version: Version },
  [x, y, z]: readonly number[],
): boolean {
  const order = (p: readonly (number | undefined)[], q: readonly number[]): number =>
    p.map((n, at) => (n ?? 0) - (q[at] ?? 0)).find((d) => d !== 0) ?? 0;
  if (order([x, y, z], [a, b, c]) < 0) return false;
  if (sign === '>=') return true;
  if (sign === '~') return x === a && y === b;
  if (a > 0) return x === a;
  return b > 0 ? x === 0 && y === b : x === 0 && y === 0 && z === c;
}

function calledBy({ packages: names, processes: globs }: Caller, call: Made): boolean {
  const isPackage = ({ name, range }: Caller['packages'][number]): boolean =>
    call.packageName !== undefined &&
    starMatch(name, call.packageName) &&
    (range === undefined ||
      (call.packageVersion !== undefined && inRange(range, call.packageVersion.split('.').map(Number))));
  const isProcess = (parts: readonly string[]): boolean =>
    call.executable !== undefined && partsMatch(['', ...parts], call.executable.split('/'), 0, starMatch);
  return (names.length === 0 || names.some(isPackage)) && (globs.length === 0 || globs.some(isProcess));
}

function isLocal(call: Made): boolean {
  if (call.transport === 'unix') return true;
  if (call.host !== undefined && labelsOf(call.host).at(-1) === 'localhost') return true;
  if (call.isLookup || call.host !== undefined || call.raw === undefined) return false;
  return call.raw.length === 4 ? call.raw[0] === 127 : call.raw.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function naive(policy: MadePolicy, call: Made): Judgement {
  const vendorAt = policy.vendors.findIndex(
    (vendor) =>
      (vendor.packages.length > 0 && calledBy({ packages: vendor.packages, processes: [] }, call)) ||
      vendor.to.some((where) => goes(where, call, '*')),
  );
  const vendor = policy.vendors[vendorAt];
  const whose = vendor === undefined ? {} : { vendor: `v${vendorAt}` };
  const deniedAt = policy.deny.findIndex(
    (denial) => calledBy(denial, call) && denial.to.some((where) => goes(where, call, '*')),
  );
  const denial = policy.deny[deniedAt];
  if (denial !== undefined) return { class: denial.alarm ? 'alarm' : 'unexpected', rule: `d${deniedAt}`, ...whose };
  if (vendor !== undefined && vendor.declared.length > 0) {
    const isDeclared = vendor.declared.some(
      ({ to: where, method, max }) =>
        goes(where, call, 443) &&
        (call.isLookup ||
          ((method === undefined || method === call.method) &&
            (max === undefined || (call.sent !== undefined && call.sent <= max)))),
    );
    return { class: isDeclared ? 'expected' : 'alarm', rule: `vendor:v${vendorAt}`, ...whose };
  }
  const fits = policy.rules
    .map((rule, at) => ({ rule, at }))
    .filter(({ rule }) => calledBy(rule, call) && rule.to.some((where) => goes(where, call, 443)));
  const day = call.time.slice(0, 10);
  const valid = fits.find(({ rule: { expires } }) => expires === undefined || day <= expires);
  if (valid !== undefined) return { class: 'expected', rule: `r${valid.at}`, ...whose };
  if (policy.loopback && isLocal(call)) return { class: 'expected', rule: 'loopback', ...whose };
  const [expired] = fits;
  return { class: 'unexpected', ...whose, ...(expired === undefined ? {} : { expired: `r${expired.at}` }) };
}

test('the model means names where it says names', () => {
  for (const word of ['a', 'b', 'api', 'x-1', 'localhost'])
    expect(numbers.some((shape) => shape.test(word))).toBe(false);
});

test('a policy says of a call what the naive model says, read from YAML or from a journal', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(policies, fc.array(calls, { minLength: 1, maxLength: 12 }), async (made, list) => {
      const policy = await parsePolicy('p.yaml', yamlOf(made));
      const stored = parseStoredPolicy('policies/x', policy.text);
      expect(stored.digest).toBe(policy.digest);
      for (const call of list) {
        const judgement = judge(policy, call);
        expect(judgement, JSON.stringify(call)).toEqual(naive(made, call));
        expect(judge(stored, call)).toEqual(judgement);
        const kind = `${judgement.class} ${judgement.rule?.[0] ?? ''}${judgement.expired === undefined ? '' : ' expired'}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    }),
    { numRuns: 1_500 },
  );
  // Each way in which a call can be decided was taken, and more than once.
  for (const kind of [
    'expected r',
    'expected l',
    'expected v',
    'alarm v',
    'alarm d',
    'unexpected d',
    'unexpected ',
    'unexpected  expired',
  ])
    expect([kind, (seen.get(kind) ?? 0) > 2]).toEqual([kind, true]);
});
