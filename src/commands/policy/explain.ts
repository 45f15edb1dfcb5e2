import { string } from '@oclif/core/args';
import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { EXIT } from '../../cli/exit-code.js';
import { choosePolicies } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { parseSeq } from '../../cli/seq-argument.js';
import { judgingOf } from '../../report/journal-judging.js';
import { explainRecord, explanationText, type Explanation } from '../../report/policy-explanation.js';

export default class PolicyExplain extends EgressCommand {
  static override summary = 'Say which rule decided about a recorded call, or which rule to add.';
  static override description = 'Exit code 1: the call is not expected.';
  static override examples = [
    '<%= config.bin %> policy explain 75',
    '<%= config.bin %> policy explain 75 --expect none',
  ];

  static override args = {
    seq: string({ required: true, description: 'Number of the record, as egress log shows it' }),
    journal: journalArg,
  };
  static override flags = policyFlags;

  async run(): Promise<Explanation | undefined> {
    const { args, flags } = await this.parse(PolicyExplain);
    const journal = await this.journalPath(args.journal);
    const judging = await judgingOf(journal, await choosePolicies(flags, process.cwd()));
    const explanation = explainRecord(journal, parseSeq(args.seq), judging);
    if (explanation.class !== 'expected') process.exitCode = EXIT.negative;
    if (this.jsonEnabled()) return explanation;
    this.print(explanationText(explanation, this.colour()));
    return undefined;
  }
}
