import { givenKey, ownKey } from '../../audit/heads/pinned-key.js';
import type { Verification } from '../../audit/verification.js';
import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { givenKeys, journalKeyFlags } from '../../cli/journal-keys.js';
import { requireJournals } from '../../cli/journal-list.js';
import { choosePolicy } from '../../cli/policy-choice.js';
import { policyFlags } from '../../cli/policy-flags.js';
import { schemaLine } from '../../cli/schema-line.js';
import { isRecorded } from '../../cli/recording.js';
import { EgressError } from '../../core/error.js';
import { printable } from '../../core/printable.js';
import { keyBase } from '../../keys/key-directory.js';
import { LearnedRules } from '../../report/policy/learned-rules.js';
import { policyJudge } from '../../report/policy/policy-judge.js';
import { ReportSource } from '../../report/model/report-source.js';

export default class PolicyLearn extends EgressCommand {
  static override summary = 'Print rules for what was recorded and is not expected yet.';
  static override description =
    'Reads one journal or several and writes nothing. With a policy, only what it lacks\n' +
    'is printed, and which of its rules no recorded call needed.\n' +
    'Look at each rule before you keep it: what was recorded is not thereby right.';

  static override examples = [
    '<%= config.bin %> policy learn > egress.policy.yaml',
    '<%= config.bin %> policy learn --policy egress.policy.yaml journals/*',
  ];

  static override args = { journal: journalArg };
  static override strict = false;
  static override enableJsonFlag = false;
  static override usage = 'policy learn [JOURNAL...] [FLAGS]';
  static override flags = {
    ...policyFlags,
    ...journalKeyFlags,
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(PolicyLearn);
    const journals = await requireJournals(argv as string[], 'policy learn', () => this.journalPath());
    const present = await choosePolicy(flags, process.cwd());
    const policy = present ?? (await choosePolicy({ expect: 'none' }, process.cwd()));
    const keys = givenKeys(flags);
    const learned = new LearnedRules();
    for (const journal of journals) {
      const source = new ReportSource({
        journal,
        judging: { judge: policyJudge(policy), digest: policy?.digest ?? 'none', policyFor: () => policy },
        pin: (directory) => givenKey(keys, directory) ?? ownKey(keyBase(process.env), directory),
        isRecorded,
      });
      const steps = source.advance();
      while (steps.next().done !== true);
      requireVerified(journal, await source.verify());
      learned.add(source.traffic.rollup.flows.values(), journal);
    }
    this.print(schemaLine(process.cwd()));
    for (const line of learned.toYaml(present?.rules).split('\n')) this.print(printable(line));
  }
}

/**
 * From a journal that somebody altered nothing is learned. One that cannot be checked is told of.
 * @throws JOURNAL_DAMAGED
 */
function requireVerified(journal: string, { verdict, findings, obstacle }: Verification): void {
  if (verdict === 'NOT_VERIFIED') {
    throw new EgressError('JOURNAL_DAMAGED', `${journal} did not verify: ${findings[0]?.message ?? '?'}`, {
      hint: 'What it says may be anything. egress verify says more.',
    });
  }
  if (verdict !== 'NOT_CHECKED') return;
  process.stderr.write(`egress: ${printable(journal)} was not verified: ${printable(obstacle?.message ?? '?')}\n`);
}
