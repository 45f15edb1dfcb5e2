import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { currentState } from '../../../src/journal/state/current-state.js';
import { parseJournalFile } from '../../../src/journal/folder/journal-file.js';
import { JournalLayout } from '../../../src/journal/folder/layout.js';
import { planVacuum, type VacuumRule } from '../../../src/journal/vacuum/vacuum-plan.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { handIn } from '../../../src/recorder/upkeep/hand-in.js';
import { vacuumJournal, type VacuumOutcome } from '../../../src/recorder/upkeep/vacuum-journal.js';
import type { Statement } from '../../../src/journal/state/statement.js';

export const layoutOf = ({ directory }: WriterOptions): JournalLayout => new JournalLayout(directory);

export const segmentsOf = ({ directory }: WriterOptions): number[] =>
  readdirSync(path.join(directory, 'segments'))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);

/** Leaves so many bytes. */
export const maxSize = (bytes: number): VacuumRule => ({ rule: 'max_size', window: `${bytes}B`, bytes });

export function hand(options: WriterOptions, statement: Statement): ReturnType<typeof handIn> {
  const control = path.join(options.keyBase, 'no-recorder');
  const open = (): JournalWriter => JournalWriter.open(options);
  return handIn(statement, { control, open, command: 'test', version: '0', now: options.now });
}

/** What `egress vacuum --yes` does, with the options' file system. */
export async function vacuum(options: WriterOptions, rule: VacuumRule): Promise<VacuumOutcome> {
  const layout = layoutOf(options);
  const state = currentState(options.fs, layout);
  const plan = planVacuum(options.fs, layout, state, rule);
  const { origin } = parseJournalFile(readFileSync(layout.journalFile));
  return await vacuumJournal({
    ...{ fs: options.fs, layout, origin, state, plan, rule },
    handIn: (statement) => hand(options, statement),
  });
}

/** As if the note of where the last segment ended were lost. */
export function forgetFrontier({ keyBase }: WriterOptions): void {
  const journals = path.join(keyBase, 'journals');
  for (const name of readdirSync(journals)) rmSync(path.join(journals, name, 'frontier.json'), { force: true });
}
