import { realpathSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import { FindingList } from '../audit/finding.js';
import { ownKey } from '../audit/heads/pinned-key.js';
import { walkEpochs } from '../audit/heads/signed-files.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { parseAge, parseSize } from '../cli/window-argument.js';
import { EgressError } from '../core/error.js';
import { formatMicros } from '../core/timestamp.js';
import { bodiesUpTo } from '../journal/vacuum/body-removal.js';
import { currentState } from '../journal/state/current-state.js';
import { JournalLayout } from '../journal/folder/layout.js';
import type { Statement } from '../journal/state/statement.js';
import { planVacuum, type VacuumRule } from '../journal/vacuum/vacuum-plan.js';
import { verifySignature } from '../keys/ed25519.js';
import { fileSystem } from '../keys/file-system.js';
import { keyBase } from '../keys/key-directory.js';
import { handInFromHere } from '../recorder/upkeep/hand-in.js';
import { vacuumJournal } from '../recorder/upkeep/vacuum-journal.js';
import { StoredLines } from '../report/stored/stored-lines.js';
import { vacuumText } from '../report/upkeep/vacuum-text.js';

export default class Vacuum extends EgressCommand {
  static override summary = 'Remove old records, with a signed receipt that what is left can be verified by.';
  static override description =
    'Removes whole sealed segments from the oldest on: never what is held, never what does not verify, never all.\n' +
    'Without --yes it only says what would go. While a program is recorded, its recorder writes the receipt.';

  static override examples = [
    '<%= config.bin %> vacuum --older-than 90d',
    '<%= config.bin %> vacuum --older-than 90d --yes',
    '<%= config.bin %> vacuum --max-size 2GB --yes',
  ];

  static override args = { journal: journalArg };
  static override flags = {
    'older-than': string({ description: 'What is older: 90d, 12h, 4w', helpValue: '<age>', exclusive: ['max-size'] }),
    'max-size': string({ description: 'The oldest, until this much is left: 2GB', helpValue: '<size>' }),
    yes: boolean({ description: 'Do it' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Vacuum);
    const rule = ruleOf(flags['older-than'], flags['max-size']);
    const path = await this.journalPath(args.journal);
    const first = new StoredLines(path).firstSeq() ?? 1;
    const directory = realpathSync(path);
    const layout = new JournalLayout(directory);
    const state = currentState(fileSystem, layout);
    const plan = planVacuum(fileSystem, layout, state, rule);
    const bodies = plan.cut === undefined ? undefined : bodiesUpTo(fileSystem, layout, plan.cut.segment);
    const done = flags.yes
      ? await vacuumJournal({
          ...{ fs: fileSystem, layout, state, plan, rule, origin: verifiedOrigin(layout) },
          handIn: (statement) => this.#handIn(directory, statement),
        })
      : { declared: undefined, finished: 0 };
    const begins = state.vacuum === undefined ? first : state.vacuum.boundary + 1;
    if (this.jsonEnabled()) {
      const { cut, leftover, ...numbers } = plan;
      const removes = cut === undefined ? undefined : { first: begins, last: cut.boundary, until: cut.until };
      return { dry_run: !flags.yes, removes, bodies, ...numbers, leftover: leftover.length, ...done };
    }
    this.print(vacuumText({ plan, bodies, first: begins, rule, isDryRun: !flags.yes, ...done }, this.colour()));
    return undefined;
  }

  async #handIn(directory: string, statement: Statement): ReturnType<typeof handInFromHere> {
    const settings = await this.settings();
    return handInFromHere(statement, { directory, settings, command: 'vacuum', version: this.config.version });
  }
}

function ruleOf(age: string | undefined, size: string | undefined): VacuumRule {
  if (age !== undefined) {
    const before = formatMicros((Date.now() - parseAge(age) * 1_000) * 1_000);
    return { rule: 'older_than', window: age.trim(), before };
  }
  if (size !== undefined) return { rule: 'max_size', window: size.trim(), bytes: parseSize(size) };
  throw new EgressError('USAGE', 'what is to be removed?', {
    hint: 'egress vacuum --older-than 90d, or --max-size 2GB',
  });
}

/**
 * Who signed what is decided from our own key on, before any of it goes.
 * @throws KEY_MISSING, JOURNAL_DAMAGED
 */
function verifiedOrigin(layout: JournalLayout): string {
  const pinned = ownKey(keyBase(process.env), layout.directory);
  if (pinned === undefined) {
    throw new EgressError('KEY_MISSING', 'this user did not record this journal here, and cannot sign a receipt', {
      hint: 'The user who records it vacuums it.',
    });
  }
  const findings = new FindingList();
  walkEpochs(layout, pinned.key, verifySignature, findings);
  const [fault] = findings.items;
  if (fault === undefined) return pinned.key.name;
  throw new EgressError('JOURNAL_DAMAGED', `nothing is removed from a journal that is not verified: ${fault.message}`, {
    hint: 'egress verify says more.',
  });
}
