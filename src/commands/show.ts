import { string } from '@oclif/core/args';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-code.js';
import { parseSeq } from '../cli/seq-argument.js';
import { findRecord } from '../report/record-context.js';
import { showJson } from '../report/show-json.js';
import { showText } from '../report/show-text.js';

export default class Show extends EgressCommand {
  static override summary = 'Show all that one record says, and where it stands in the chain.';
  static override examples = ['<%= config.bin %> show 7', '<%= config.bin %> show 7 --json'];

  static override args = {
    seq: string({ required: true, description: 'Number of the record, as egress log shows it' }),
    journal: journalArg,
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(Show);
    const context = findRecord(await this.journalPath(args.journal), parseSeq(args.seq));
    const { previous, next } = context.chain;
    if (previous === 'different' || next === 'different') process.exitCode = EXIT.negative;
    if (this.jsonEnabled()) return showJson(context);
    this.print(showText(context, this.colour()));
    return undefined;
  }
}
