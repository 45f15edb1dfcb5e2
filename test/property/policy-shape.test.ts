/** Two readers of one shape: what the schema of policy files takes, the check of stored ones takes, and nothing else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EgressError } from '../../src/core/error.js';
import { BUILT_IN } from '../../src/policy/built-in.js';
import { isPolicyFile } from '../../src/policy/policy-file-shape.js';
import { policySchema } from '../../src/policy/policy-schema.js';
import { parseStoredPolicy } from '../../src/policy/stored-policy.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Every member that a policy can have. */
const WHOLE: Json = {
  ...{ version: 1, unexpected: 'warn', loopback: 'unexpected', observers: ['hooks', 'kernel'] },
  rules: [
    { id: 'a', to: 'a.example', why: 'x' },
    { id: 'b', to: ['b.example', '10.0.0.0/8:*'], package: ['b@^1'], process: '**/b', why: 'x', expires: '2028-02-29' },
  ],
  deny: [
    { to: '169.254.169.254', why: 'x' },
    { id: 'd', to: ['d.example'], package: '@d/*', process: ['**/d'], verdict: 'alarm', why: 'x' },
  ],
  vendors: [
    {
      name: 'v',
      packages: ['v'],
      to: 'v.example',
      declared: [{ to: 'v.example', methods: 'GET', max_request_bytes: 0 }],
    },
    { name: 'w', packages: 'w', to: ['w.example'], declared: [{ to: 'w.example', methods: ['GET', 'POST'] }] },
  ],
  gaps: [{ accept: 'io_uring', why: 'x' }],
};

/** Values at and beyond the edges of what is allowed somewhere. */
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    ...[null, true, 0, 1, -1, 1.5, 2 ** 53, '', 'a', 'hooks', 'fail', 'warn', 'alarm', 'unexpected', 'expected'],
    ...[
      '2027-02-29',
      '2027-13-01',
      '2027-1-1',
      '0000-01-01',
      '2027-01-31\n',
      'a b',
      '.a',
      'x'.repeat(64),
      'x'.repeat(65),
    ],
    ...[
      'x'.repeat(1_024),
      'x'.repeat(1_025),
      '\ud800',
      [],
      {},
      [''],
      ['a'],
      ['a', 1],
      [[]],
      { to: 'a' },
      { toString: 'a' },
    ],
  ),
  fc.jsonValue() as fc.Arbitrary<Json>,
);
const NAMES = [
  ...[
    'version',
    'extends',
    'unexpected',
    'loopback',
    'observers',
    'rules',
    'deny',
    'vendors',
    'gaps',
    'id',
    'to',
    'why',
  ],
  ...[
    'package',
    'process',
    'expires',
    'verdict',
    'name',
    'packages',
    'declared',
    'methods',
    'max_request_bytes',
    'accept',
  ],
  ...['constructor', 'toString', 'hasOwnProperty', ''],
];

interface Change {
  /** Which way to go at each level; where it ends, the change is made. */
  readonly way: readonly number[];
  readonly what: 'remove' | 'replace' | 'add' | 'repeat';
  readonly name: string;
  readonly value: Json;
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    way: fc.array(fc.nat(7), { maxLength: 5 }),
    what: fc.constantFrom('remove', 'replace', 'add', 'repeat'),
    name: fc.constantFrom(...NAMES),
    value,
  }),
  { minLength: 1, maxLength: 3 },
);

function changed(json: Json, { way: [step, ...way], what, name, value: next }: Change): Json {
  if (typeof json !== 'object' || json === null || step === undefined) return what === 'replace' ? next : json;
  const entries: [string, Json][] = Object.entries(json);
  const at = entries.length === 0 ? 0 : step % entries.length;
  const edited = entries.flatMap(([key, member], index): [string, Json][] => {
    if (index !== at) return [[key, member]];
    if (way.length > 0) return [[key, changed(member, { way, what, name, value: next })]];
    if (what === 'remove') return [];
    return what === 'replace' ? [[key, next]] : [[key, member]];
  });
  const last = way.length === 0;
  if (Array.isArray(json)) {
    const items = edited.map(([, item]) => item);
    return last && what === 'repeat' ? Array.from({ length: 260 }, () => items[at] ?? null) : items;
  }
  return Object.fromEntries(last && what === 'add' ? [...edited, [name, next]] : edited);
}

const isTaken = (json: Json): boolean =>
  policySchema.safeParse(json).success && !Object.hasOwn(json as object, 'extends');

test('both take the same', () => {
  const taken = { yes: 0, no: 0 };
  for (const file of [WHOLE, { version: 1 }, ...Object.values(BUILT_IN)]) expect(isPolicyFile(file)).toBe(true);
  fc.assert(
    fc.property(changes, (list) => {
      const made = list.reduce(changed, WHOLE);
      const expected = isTaken(made);
      expect(isPolicyFile(made), JSON.stringify(made)).toBe(expected);
      taken[expected ? 'yes' : 'no'] += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(taken.yes).toBeGreaterThan(100);
  expect(taken.no).toBeGreaterThan(1_000);
});

test('whatever stands in a stored policy, it is one or is refused with the code for it', () => {
  const text = fc.oneof(
    changes.map((list) => JSON.stringify(list.reduce(changed, WHOLE))),
    fc.tuple(fc.nat(1_000), fc.string({ unit: 'binary', maxLength: 8 })).map(([at, odd]) => {
      const whole = JSON.stringify(WHOLE);
      return whole.slice(0, at) + odd + whole.slice(at + odd.length);
    }),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (stored) => {
      try {
        expect(parseStoredPolicy('p', stored).digest).toMatch(/^[0-9a-f]{64}$/);
      } catch (error) {
        expect(error).toBeInstanceOf(EgressError);
        expect((error as EgressError).code).toBe('POLICY_INVALID');
      }
    }),
    { numRuns: 3_000 },
  );
});

test('both have the same longest lists', () => {
  const rule = { id: 'a', to: 'a', why: 'x' };
  const policies = (count: number): Json[] => [
    { version: 1, rules: Array.from({ length: count }, () => rule) },
    { version: 1, deny: Array.from({ length: count }, () => rule) },
  ];
  const vendors = (count: number): Json => ({
    version: 1,
    vendors: Array.from({ length: count }, () => ({ name: 'v' })),
  });
  for (const made of [...policies(4_096), ...policies(4_097), vendors(256), vendors(257)]) {
    expect(isPolicyFile(made)).toBe(isTaken(made));
  }
  expect(isPolicyFile(JSON.parse('{"version":1,"__proto__":{"rules":[]}}'))).toBe(false);
});
