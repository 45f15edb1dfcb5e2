/** What can be set is told where people look for it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HELP_TOPICS } from '../../../src/cli/help-topics.js';
import { CHANNELS } from '../../../src/event/frame.js';
import { DEFINITIONS } from '../../../src/settings/setting.js';
import { OTHER_VARIABLES, strayVariables } from '../../../src/settings/stray-variable.js';

const help = HELP_TOPICS['environment']?.text ?? '';
const definitions = Object.values(DEFINITIONS).map(({ key, env }) => ({ key, env }));

test.each([...definitions.map(({ env }) => env), ...OTHER_VARIABLES])('help environment names %s', (variable) => {
  expect(help).toMatch(new RegExp(`^    ${variable} `, 'm'));
});

test.each(definitions)('docs/CLI_JSON.md names $key and $env', ({ key, env }) => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/CLI_JSON.md'), 'utf8');
  expect(page).toMatch(new RegExp(`^\\| \`${key}\` +\\| \`${env}\` +\\|`, 'm'));
});

test.each(['CLI_JSON.md', 'JOURNAL_FORMAT.md'])('docs/%s lists every channel', (name) => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs', name), 'utf8');
  expect(page.replaceAll('`', '')).toContain(CHANNELS.join(', '));
});

test('what help names is not taken for a mistyped variable, and a mistyped one is', () => {
  const named = new Map([...help.matchAll(/EGRESS_[A-Z_]+/g)].map(([variable]) => [variable, '1']));
  expect(strayVariables(Object.fromEntries(named))).toEqual([]);
  expect(strayVariables({ EGRESS_JOURNEL: '1' })).toEqual([
    { name: 'EGRESS_JOURNEL', suggestion: 'Did you mean EGRESS_JOURNAL?' },
  ]);
});
