import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { requireJournals } from '../../cli/journal-list.js';
import { choosePolicy } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { printable } from '../../core/printable.js';
import { LearnedRules } from '../../report/learned-rules.js';
import { policyJudge } from '../../report/policy-judge.js';
import { Traffic } from '../../report/rollup/traffic.js';

export default class PolicyLearn extends EgressCommand {
  static override summary = 'Print rules for what was recorded and is not expected yet.';
  static override description =
    'Reads one journal or several and writes nothing. With a policy, only what it lacks is printed.\n' +
    'Look at each rule before you keep it: what was recorded is not thereby right.';

  static override examples = [
    '<%= config.bin %> policy learn > egress.policy.yaml',
    '<%= config.bin %> policy learn --policy egress.policy.yaml journals/*',
  ];

  static override args = { journal: journalArg };
  static override strict = false;
  static override enableJsonFlag = false;
  static override usage = 'policy learn [JOURNAL...] [FLAGS]';
  static override flags = policyFlags;

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(PolicyLearn);
    const journals = await requireJournals(argv as string[], 'policy learn', () => this.journalPath());
    const policy =
      (await choosePolicy(flags, process.cwd())) ?? (await choosePolicy({ expect: 'none' }, process.cwd()));
    const learned = new LearnedRules();
    for (const journal of journals) {
      const traffic = new Traffic(journal, { judge: policyJudge(policy) });
      const steps = traffic.advance();
      while (steps.next().done !== true);
      learned.add(traffic.rollup.flows.values(), journal);
    }
    for (const line of learned.toYaml().split('\n')) this.print(printable(line));
  }
}
