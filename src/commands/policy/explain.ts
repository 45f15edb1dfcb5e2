import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { EXIT } from '../../cli/exit-code.js';
import { choosePolicies, choosePolicy } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { parseSeq } from '../../cli/seq-argument.js';
import { EgressError } from '../../core/error.js';
import { parseAskedCall, type AskedCaller } from '../../policy/asked-call.js';
import { judgingOf } from '../../report/policy/journal-judging.js';
import {
  explainCall,
  explainRecord,
  explanationText,
  noPolicy,
  type Explanation,
} from '../../report/policy/policy-explanation.js';

export default class PolicyExplain extends EgressCommand {
  static override summary = 'Say which rule decides about a call, recorded or not, or which rule to add.';
  static override description =
    'A number is a recorded call, judged by the policy of its run. A destination is a call that nobody made yet, judged by\n' +
    'the policy that is named or the project’s; port 443 unless one is given.\n' +
    'Exit code 1: the call is not expected.';
  static override examples = [
    '<%= config.bin %> policy explain 75',
    '<%= config.bin %> policy explain 75 --expect none',
    '<%= config.bin %> policy explain api.payments.example:443 --package stripe@14.1.0',
  ];

  static override args = {
    call: string({
      required: true,
      description: 'Number of a record, as egress log shows it, or HOST[:PORT]',
    }),
    journal: journalArg,
  };
  static override flags = {
    ...policyFlags,
    package: stringFlag({
      description: 'Of a call by HOST: the package that would make it',
      helpValue: '<name[@version]>',
    }),
    method: stringFlag({ description: 'Of a call by HOST: its HTTP method', helpValue: '<method>' }),
    process: stringFlag({
      description: 'Of a call by HOST: path of the program that would make it',
      helpValue: '<path>',
    }),
  };

  async run(): Promise<Explanation> {
    const { args, flags } = await this.parse(PolicyExplain);
    const isRecord = /^#?[0-9]+$/.test(args.call);
    const explanation = isRecord
      ? await this.#recorded(args.call, args.journal, flags)
      : await asked(args.call, args.journal, flags);
    if (explanation.class !== 'expected') process.exitCode = EXIT.negative;
    if (!this.jsonEnabled()) this.print(explanationText(explanation, this.colour()));
    return explanation;
  }

  async #recorded(seq: string, given: string | undefined, flags: Flags): Promise<Explanation> {
    if ([flags.package, flags.process, flags.method].some((flag) => flag !== undefined)) {
      throw new EgressError('USAGE', `who made #${parseSeq(seq)}, and how, stands in the record`, {
        hint: 'For a call that nobody made yet: egress policy explain HOST:PORT --package NAME',
      });
    }
    const journal = await this.journalPath(given);
    return explainRecord(journal, parseSeq(seq), await judgingOf(journal, await choosePolicies(flags, process.cwd())));
  }
}

interface Flags extends AskedCaller {
  readonly policy?: string | undefined;
  readonly expect?: string | undefined;
}

async function asked(text: string, journal: string | undefined, flags: Flags): Promise<Explanation> {
  if (journal !== undefined) {
    throw new EgressError('USAGE', `${journal}: a call that nobody made yet is in no journal`, {
      hint: 'A recorded call is asked for by its number; egress log shows it.',
    });
  }
  const call = parseAskedCall(text, flags, new Date().toISOString());
  if (typeof call === 'string') {
    throw new EgressError('USAGE', `${text}: ${call}`, {
      hint: 'api.example   api.example:8443   10.0.0.7:5432   [::1]:80   dns.example:53/udp   unix:/run/x.sock',
    });
  }
  const policy = await choosePolicy(flags, process.cwd());
  if (policy === undefined) throw noPolicy();
  return explainCall(policy, call);
}
