import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Attributor } from '../../src/attribution/attributor.js';
import { LINE_BYTES_MAX } from '../../src/core/limits.js';
import type { StackFrame } from '../../src/event/frame.js';

/** Paths that reach all ways of telling a package, and any text at all. */
const file = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('node_modules', '.pnpm', '@acme', 'got', 'axios', 'express', 'src', '..', '', 'a\0b', '%2F'))
    .chain((segments) => fc.constantFrom(`/${segments.join('/')}`, `file:///${segments.join('/')}/i.mjs?x`)),
);
const frame: fc.Arbitrary<StackFrame> = fc.tuple(
  file,
  fc.maxSafeInteger(),
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary' }),
);

/** What a file may hold: any text, any JSON, or nearly what is looked for. */
const json = fc.oneof(
  fc.json(),
  fc
    .record(
      {
        name: fc.oneof(fc.string(), fc.constantFrom('got', 'axios', '@acme/x')),
        version: fc.oneof(fc.string(), fc.constant('1.0.0')),
        packages: fc.dictionary(
          fc.constantFrom('', 'node_modules/got', 'node_modules/@acme/x', 'a/b'),
          fc.record({ dependencies: fc.dictionary(fc.constantFrom('got', '@acme/x', '__proto__'), fc.string()) }),
        ),
        sources: fc.array(fc.oneof(fc.string(), fc.constant(null), fc.constant('../src/a.ts'))),
        sourceRoot: fc.string(),
        mappings: fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9+/,;]*$/)),
        sections: fc.array(fc.record({ offset: fc.anything(), map: fc.anything() }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  json,
  json.map((map) => `x\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`),
  fc.webUrl().map((url) => `x\n//# sourceMappingURL=${url}`),
  fc.constant('x\n//# sourceMappingURL=a.map'),
);

test('whatever frames and files say, a site is a site: bounded, well-formed, nothing thrown', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), fc.array(text, { minLength: 1, maxLength: 20 }), (stack, texts) => {
      let reads = 0;
      const readText = () => texts[(reads += 1) % texts.length];
      const site = new Attributor({ cwd: '/src', files: { readText } }).site(stack);
      const line = JSON.stringify(site);
      expect(Buffer.byteLength(line)).toBeLessThan(LINE_BYTES_MAX);
      expect(line.isWellFormed()).toBe(true);
      expect(site.package === undefined).toBe(site.confidence === 'none');
      for (const entry of site.frames) expect(Number.isSafeInteger(entry[1])).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
