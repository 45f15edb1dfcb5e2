import { expect, it } from 'vitest';
import { findingHint } from '../../../src/report/policy/finding-hint.js';
import type { Group } from '../../../src/report/model/groups.js';
import { emptyTotals } from '../../../src/report/rollup/flow.js';

const hint = (group: Partial<Group>): string | undefined =>
  findingHint({ ...emptyTotals(), isRest: false, query: {}, ...group });

it.each([
  [{ host: '169.254.169.254', package: 'next' }, 'credentials of the machine'],
  [{ host: 'fd00:ec2::254' }, 'credentials of the machine'],
  [{ host: 'elsewhere.example', package: 'next' }, 'Next.js telemetry: switch it off with NEXT_TELEMETRY_DISABLED=1'],
  [{ host: 'Telemetry.NextJS.org', package: 'other' }, 'Next.js telemetry'],
  [{ host: 'o1.ingest.sentry.io' }, 'Sentry error reports'],
  [{ host: 'www.google-analytics.com', package: '@angular/cli' }, 'Angular CLI analytics'],
  [{ host: 'a.example', package: 'ua-parser-js', program: 'curl' }, 'ua-parser-js started curl.'],
  [{ host: 'a.example', channel: 'dns', package: 'x' }, 'A name that is asked for is data that leaves'],
  [{ host: 'a.example', rule: 'expired:old' }, 'Rule old has expired: renew it with a reason, or stop the call.'],
  [{ host: 'registry.npmjs.org', package: 'update-notifier' }, 'NO_UPDATE_NOTIFIER=1'],
  [{ host: '203.0.113.66', package: 'x' }, 'An address without a name'],
])('%j', (group, wanted) => {
  expect(hint(group)).toContain(wanted);
});

it('says nothing where there is nothing to say, and nothing that a terminal obeys', () => {
  expect(hint({ host: 'a.example', package: 'x' })).toBeUndefined();
  expect(hint({ host: 'www.google-analytics.com', package: 'x' })).toBeUndefined();
  expect(hint({ host: 'registry.npmjs.org', package: 'x' })).toBeUndefined();
  expect(hint({})).toBeUndefined();
  expect(hint({ host: 'a', package: '\u001b[31m', program: '\u009b' })).not.toMatch(/\p{Cc}/u);
});
