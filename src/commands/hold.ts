import { realpathSync } from 'node:fs';
import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { EgressCommand } from '../cli/base-command.js';
import { parseSeq, parseSeqRange } from '../cli/seq-argument.js';
import { EgressError } from '../core/error.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { currentState } from '../journal/state/current-state.js';
import { JournalLayout } from '../journal/folder/layout.js';
import { decodeStatement } from '../journal/state/statement.js';
import { fileSystem } from '../keys/file-system.js';
import { handInFromHere } from '../recorder/upkeep/hand-in.js';
import { holdsText, openHolds } from '../report/upkeep/hold-text.js';
import { StoredLines } from '../report/stored/stored-lines.js';

export default class Hold extends EgressCommand {
  static override summary = 'Keep records from being removed by a vacuum, or let them go again.';
  static override description =
    'The hold stands in the journal, signed, with who and why. Without arguments: lists what is held.\n' +
    'While a program is recorded, its recorder writes the hold.';

  static override examples = [
    '<%= config.bin %> hold 120..480 --why "incident 42"',
    '<%= config.bin %> hold --release 513 --why "incident 42 is closed"',
    '<%= config.bin %> hold',
  ];

  static override args = {
    range: stringArg({ description: 'Records to keep: 7, 7..9, 7.. (to the present end)' }),
  };

  static override flags = {
    why: string({ description: 'The reason; it is recorded', helpValue: '<text>' }),
    release: string({ description: 'Release the hold that stands in this record', helpValue: '<seq>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Hold);
    const path = await this.journalPath();
    // Whether there is a journal at all is asked before anything could create one.
    const newest = new StoredLines(path).newestSeq();
    const directory = realpathSync(path);
    if (args.range === undefined && flags.release === undefined) {
      if (flags.why !== undefined) throw usage('--why without records to hold, or a hold to release');
      return this.#list(directory);
    }
    if (flags.why === undefined) throw usage('a reason is missing');
    if (args.range !== undefined && flags.release !== undefined) throw usage('hold or release: not both at once');
    const statement = decodeStatement(
      flags.release === undefined
        ? { kind: 'hold', ...toPresentEnd(parseSeqRange(args.range ?? ''), newest), why: flags.why }
        : { kind: 'release', hold: parseSeq(flags.release), why: flags.why },
    );
    const settings = await this.settings();
    const { seq, head, through } = await handInFromHere(statement, {
      ...{ directory, settings, command: 'hold', version: this.config.version },
    });
    if (this.jsonEnabled())
      return { seq, head: { size: head.size, root: rootToBase64(head.root) }, through, statement };
    const what =
      statement.kind === 'hold' ? `#${statement.first} to #${statement.last} held` : `hold #${flags.release} released`;
    this.print(`${this.colour().green(`✓ ${what}`)}   recorded as #${seq}, signed in the head of #${head.size}`);
    return undefined;
  }

  #list(directory: string): unknown {
    const holds = openHolds(directory, currentState(fileSystem, new JournalLayout(directory)));
    if (this.jsonEnabled()) {
      return { holds: holds.map(({ view, ...hold }) => ({ ...hold, record: view.toObject() })) };
    }
    this.print(holdsText(holds, this.colour()));
    return undefined;
  }
}

function usage(message: string): EgressError {
  return new EgressError('USAGE', message, { hint: 'egress hold 7..9 --why "incident 42"' });
}

/** `7..` means what there is now: a hold on the future would end with no record. */
function toPresentEnd(
  range: { readonly first: number; readonly last: number },
  newest: number | undefined,
): { first: number; last: number } {
  const isOpen = range.last === Number.MAX_SAFE_INTEGER;
  return { first: range.first, last: isOpen ? Math.max(range.first, newest ?? 0) : range.last };
}
