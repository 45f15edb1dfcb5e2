/** The published schema against the parser: what it refuses the parser refuses, and no mistake of shape gets past it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { BUILT_IN } from '../../../src/policy/built-in.js';
import { parsePolicy } from '../../../src/policy/parse-policy.js';
import { publishedSchema } from '../../../src/policy/published-schema.js';

const text = readFileSync(new URL('../../../docs/policy.schema.json', import.meta.url), 'utf8');
/** Built from the published text alone. */
const schema = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);

const accepts = async (yaml: string): Promise<{ schema: boolean; parser: boolean }> => {
  const parser = parsePolicy('p.yaml', yaml).then(
    () => true,
    () => false,
  );
  return { schema: schema.safeParse(parse(yaml)).success, parser: await parser };
};

/** The first example of the page that explains policies. */
const page = readFileSync(new URL('../../../docs/POLICY.md', import.meta.url), 'utf8');
const example = /```yaml\n(version: 1\n[\s\S]*?)```/.exec(page)?.[1] ?? '';

it('is what the build writes', () => {
  expect(JSON.parse(text)).toEqual(publishedSchema());
});

it.each([
  example,
  'version: 1\n',
  ...Object.values(BUILT_IN).map((file) => stringify(file)),
  'version: 1\nrules:\n  - { id: a, to: api.example, why: x }\n',
  'version: 1\nrules:\n  - { id: a, to: [api.example, "*.b.example:*"], package: [a, "@b/*"], process: "**/node", why: x, expires: 2027-01-31 }\n',
  'version: 1\ndeny:\n  - { to: 169.254.169.254, verdict: unexpected, why: x }\n',
  'version: 1\nvendors:\n  - { name: a, to: a.example, declared: [{ to: "a.example:443", methods: [GET], max_request_bytes: 0 }] }\n',
  'version: 1\ngaps:\n  - { accept: io_uring, why: x }\nobservers: [hooks, kernel]\nloopback: unexpected\nunexpected: warn\n',
])('takes what the parser takes: %s', async (yaml) => {
  expect(yaml).not.toBe('');
  expect(await accepts(yaml)).toEqual({ schema: true, parser: true });
});

it.each([
  '{}',
  'version: 2\n',
  'version: "1"\n',
  'version: 1\nruls: []\n',
  'version: 1\nrules: {}\n',
  'version: 1\nrules:\n  - { id: a, to: api.example }\n',
  'version: 1\nrules:\n  - { id: a, to: api.example, why: "" }\n',
  'version: 1\nrules:\n  - { id: "a b", to: api.example, why: x }\n',
  'version: 1\nrules:\n  - { id: a, to: [], why: x }\n',
  'version: 1\nrules:\n  - { id: a, to: api.example, why: x, port: 443 }\n',
  'version: 1\nrules:\n  - { id: a, to: api.example, why: x, expires: soon }\n',
  'version: 1\ndeny:\n  - { to: api.example, verdict: maybe, why: x }\n',
  'version: 1\nvendors:\n  - { name: a, to: a.example, declared: [{ to: "a.example:443", max_request_bytes: -1 }] }\n',
  'version: 1\ngaps:\n  - { accept: nothing, why: x }\n',
  'version: 1\nobservers: [eyes]\n',
  'version: 1\nunexpected: ignore\n',
])('refuses what the parser refuses: %s', async (yaml) => {
  expect(await accepts(yaml)).toEqual({ schema: false, parser: false });
});
