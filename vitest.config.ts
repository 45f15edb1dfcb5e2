import { defineConfig } from 'vitest/config';

/** Projects by what they need: pure code (unit, property), several modules (integration), the built command (e2e). */
export default defineConfig({
  test: {
    reporters: ['default', './test/count-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: 60_000 } },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: { name: 'attacks', include: ['test/attacks/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      // Seeded samples; SLOW=1 tries everything and leaves counts for docs/RELIABILITY.md.
      {
        extends: true,
        test: { name: 'reliability', include: ['test/reliability/**/*.test.ts'], testTimeout: 120_000 },
      },
      { extends: true, test: { name: 'tidy', include: ['test/tidy.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
