import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { CHECK_EXIT } from '../../cli/exit-code.js';
import { requireJournals } from '../../cli/journal-list.js';
import { choosePolicies } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { ProgressLine } from '../../cli/progress-line.js';
import { string } from '@oclif/core/flags';
import { ownKey, parseKeyArgument } from '../../audit/pinned-key.js';
import { printable } from '../../core/printable.js';
import { isRecorded } from '../../cli/recording.js';
import { keyBase } from '../../keys/key-directory.js';
import { judgingOf } from '../../report/journal-judging.js';
import { ReportSource } from '../../report/model/report-source.js';
import { outcomeJson } from '../../report/policy-json.js';
import { PolicyAssessment } from '../../report/policy-outcome.js';
import { policyText } from '../../report/policy-text.js';

export default class PolicyCheck extends EgressCommand {
  static override summary = 'Check recorded calls against a policy: one journal, or all of a fleet or a matrix build.';
  static override description =
    'Each journal is verified first. A run is judged by the policy that it was recorded under, which the journal\n' +
    'keeps, unless --policy or --expect names another (what if). Exit code 0: every call is expected and everything was seen. 1: something is not\n' +
    'expected. 2: the policy or the command line is wrong. 3: it cannot be said.';

  static override examples = [
    '<%= config.bin %> policy check',
    '<%= config.bin %> policy check --policy ci.policy.yaml journals/*',
    '<%= config.bin %> policy check --expect none --json',
  ];

  static override args = { journal: journalArg };
  static override strict = false;
  static override usage = 'policy check [JOURNAL...] [FLAGS]';
  static override flags = {
    ...policyFlags,
    key: string({
      description: 'Key that the journals have to begin with, or a file with it',
      helpValue: '<key|file>',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(PolicyCheck);
    const policies = await choosePolicies(flags, process.cwd());
    const journals = await requireJournals(argv as string[], 'policy check', () => this.journalPath());
    const given =
      flags.key === undefined
        ? undefined
        : ({ key: parseKeyArgument(flags.key), source: 'given', replaced: [] } as const);
    const assessment = new PolicyAssessment(policies.given);
    const progress = new ProgressLine(process.stderr);
    for (const journal of journals) {
      const source = new ReportSource({
        journal,
        judging: await judgingOf(journal, policies),
        pin: (directory) => given ?? ownKey(keyBase(process.env), directory),
        isRecorded,
      });
      for (const { done, total } of source.advance()) {
        progress.show(`counting ${printable(journal, { max: 40 })}`, done / Math.max(1, total));
      }
      await source.verify();
      assessment.add(journal, source.traffic.rollup, source.verdict(), source.options.judging);
    }
    progress.clear();
    const outcome = assessment.outcome();
    process.exitCode = CHECK_EXIT[outcome.conclusion];
    if (this.jsonEnabled()) return outcomeJson(outcome);
    this.print(policyText(outcome, this.colour(), this.columns() ?? 100));
    return undefined;
  }
}
