import { expect, test } from 'vitest';
import { clockCheck } from '../../../src/report/doctor/clock-check.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';
import { scratchFolder } from '../journal/scratch-journal.js';
import { journalWithBody } from '../officers/stored-body.js';

const at = (clock: string): number => Date.parse(`2026-10-20T${clock}Z`);

test('doctor holds the clock to what the journal has written down', async () => {
  const { options } = await journalWithBody(scratchFolder(), { now: () => at('12:00:10') * 1_000 });
  expect(clockCheck(options.directory, at('12:00:10'))).toMatchObject({ status: 'ok' });
  expect(clockCheck(options.directory, at('11:00:10'))).toMatchObject({
    ...{ status: 'warning', says: '1h 00m behind what the journal has written down' },
    advice: expect.stringContaining('What had ended by then has ended') as string,
  });
  expect(clockCheck(temporaryFolder(), at('12:00:00'))).toMatchObject({ status: 'none' });
});
