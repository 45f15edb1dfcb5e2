import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { CHECK_EXIT } from '../../cli/exit-code.js';
import { givenKeys, journalKeyFlags } from '../../cli/journal-keys.js';
import { requireJournals } from '../../cli/journal-list.js';
import { choosePolicies } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { ProgressLine } from '../../cli/progress-line.js';
import { option } from '@oclif/core/flags';
import { givenKey, ownKey } from '../../audit/heads/pinned-key.js';
import { printable } from '../../core/printable.js';
import { isRecorded } from '../../cli/recording.js';
import { keyBase } from '../../keys/key-directory.js';
import { judgingOf } from '../../report/policy/journal-judging.js';
import { ReportSource } from '../../report/model/report-source.js';
import { outcomeJson } from '../../report/policy/policy-json.js';
import { PolicyAssessment } from '../../report/policy/policy-outcome.js';
import { formatOutcome, POLICY_FORMATS } from '../../report/format/policy-format.js';
import { isGithub, tellJob } from '../../report/format/github.js';
import { policyFile } from '../../report/format/policy-file.js';

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
    '<%= config.bin %> policy check --format sarif > egress.sarif',
  ];

  static override args = { journal: journalArg };
  static override strict = false;
  static override usage = 'policy check [JOURNAL...] [FLAGS]';
  static override flags = {
    ...policyFlags,
    format: option({ options: POLICY_FORMATS })({
      description: 'How to say it; on GitHub, text is github',
      exclusive: ['json'],
    }),
    ...journalKeyFlags,
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(PolicyCheck);
    const policies = await choosePolicies(flags, process.cwd());
    const journals = await requireJournals(argv as string[], 'policy check', () => this.journalPath());
    const keys = givenKeys(flags);
    const assessment = new PolicyAssessment(policies.given);
    const progress = new ProgressLine(process.stderr);
    for (const journal of journals) {
      const source = new ReportSource({
        journal,
        judging: await judgingOf(journal, policies),
        pin: (directory) => givenKey(keys, directory) ?? ownKey(keyBase(process.env), directory),
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
    const exitCode = CHECK_EXIT[outcome.conclusion];
    process.exitCode = exitCode;
    if (this.jsonEnabled()) return outcomeJson(outcome);
    const context = { colour: this.colour(), width: this.columns() ?? 100, version: this.config.version };
    const format = flags.format ?? 'text';
    this.print(formatOutcome(outcome, format, { ...context, file: policyFile(outcome), exitCode }));
    if (format === 'github' || (flags.format === undefined && isGithub(process.env))) {
      tellJob(outcome, process.env, (line) => {
        this.print(line);
      });
    }
    return undefined;
  }
}
