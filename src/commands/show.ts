import { string } from '@oclif/core/args';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-code.js';
import { choosePolicies } from '../cli/policy-choice.js';
import { policyFlags } from '../cli/policy-flags.js';
import { parseSeq } from '../cli/seq-argument.js';
import { judgingOf } from '../report/policy/journal-judging.js';
import { explainContext } from '../report/policy/policy-explanation.js';
import { findRecord } from '../report/stored/record-context.js';
import { showJson } from '../report/show/show-json.js';
import { showText } from '../report/show/show-text.js';

export default class Show extends EgressCommand {
  static override summary = 'Show all that one record says, and where it stands in the chain.';
  static override examples = ['<%= config.bin %> show 7', '<%= config.bin %> show 7 --json'];

  static override args = {
    seq: string({ required: true, description: 'Number of the record, as egress log shows it' }),
    journal: journalArg,
  };
  static override flags = policyFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Show);
    const journal = await this.journalPath(args.journal);
    const context = findRecord(journal, parseSeq(args.seq));
    const judging = await judgingOf(journal, await choosePolicies(flags, process.cwd()));
    const explanation = explainContext(context, judging);
    const { previous, next } = context.chain;
    if (previous === 'different' || next === 'different') process.exitCode = EXIT.negative;
    if (this.jsonEnabled()) return showJson(context, explanation);
    this.print(showText(context, { colour: this.colour(), explanation }));
    return undefined;
  }
}
