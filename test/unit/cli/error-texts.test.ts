import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { expect, test } from 'vitest';
import { ERROR_TEXTS } from '../../../src/cli/error-texts.js';
import { exitCodeOf } from '../../../src/cli/exit-code.js';
import { stopsRecording, type ErrorCode } from '../../../src/core/error.js';

const codes = Object.keys(ERROR_TEXTS).sort() as ErrorCode[];
const page = path.resolve(import.meta.dirname, '../../../docs/ERRORS.md');

function markdown(): string {
  const rows = codes.map((code) => {
    const { meaning, remedy } = ERROR_TEXTS[code];
    const exits = `${exitCodeOf(code, undefined)}, ${exitCodeOf(code, 'run')}`;
    return `| \`${code}\` | ${meaning} | ${remedy} | ${exits} | ${stopsRecording(code) ? 'yes' : 'no'} |`;
  });
  return `# Errors

Each error that egress prints ends with a code in brackets, and with \`--json\` it is \`error.code\`. The set is closed. This page
is made from the source; \`egress help errors\` prints the same.

"Exit" is the exit code of the command: of any other, then of \`egress run\` before its program started. Where an error comes
while a program is recorded, the program runs on, and "stops" says whether the recording ends.

| code | what it means | what to do | exit | stops |
| - | - | - | - | - |
${rows.join('\n')}
`;
}

// `npx vitest run test/unit/cli/error-texts.test.ts -u` writes it anew.
test('docs/ERRORS.md is what the source says', async () => {
  const options = await prettier.resolveConfig(page);
  const text = await prettier.format(markdown(), { ...options, parser: 'markdown' });
  await expect(text).toMatchFileSnapshot(page);
  expect(await readFile(page, 'utf8')).toContain('JOURNAL_LOCKED');
});
