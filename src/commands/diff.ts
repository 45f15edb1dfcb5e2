import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { givenKey, ownKey } from '../audit/heads/pinned-key.js';
import { EgressCommand } from '../cli/base-command.js';
import { givenKeys, journalKeyFlags } from '../cli/journal-keys.js';
import { EXIT } from '../cli/exit-code.js';
import { choosePolicy } from '../cli/policy-choice.js';
import { ProgressLine } from '../cli/progress-line.js';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { keyBase } from '../keys/key-directory.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import type { Policy } from '../policy/policy.js';
import { diffJson, diffMarkdown, diffText } from '../report/diff/diff-text.js';
import { sideOf, type Side } from '../report/diff/side.js';
import { diffTraffic, type TrafficDiff, type Unseen } from '../report/diff/traffic-diff.js';
import { unseenOf } from '../report/diff/unseen.js';
import { UNJUDGED } from '../report/policy/judging.js';
import { ReportSource } from '../report/model/report-source.js';
import { Rollup } from '../report/rollup/rollup.js';

const EXIT_CODES: Readonly<Record<TrafficDiff['verdict'], number>> = {
  nothing_new: EXIT.ok,
  new: EXIT.negative,
  incomplete: EXIT.undecided,
};

export default class Diff extends EgressCommand {
  static override summary = 'Compare two recordings: destinations, packages and volumes that are new or gone.';
  static override description =
    'Exit code 0: nothing is new. 1: a destination is new, or a package that calls a\n' +
    'known one. 2: the command line or the policy is wrong. 3: nothing new was\n' +
    'recorded, but not all was seen, or a journal did not verify. What is gone,\n' +
    'versions and volumes are told and do not count. Random ports of this machine\n' +
    'count as one.';

  static override examples = [
    '<%= config.bin %> diff main/.egress pr/.egress',
    '<%= config.bin %> diff --old main/* --new pr/* --markdown >> "$GITHUB_STEP_SUMMARY"',
    '<%= config.bin %> diff .egress .egress --old-run 3 --new-run 4',
  ];

  static override args = {
    old: stringArg({ description: 'Journal to compare with' }),
    new: stringArg({ description: 'Journal to look at' }),
  };
  static override usage = ['diff OLD NEW [FLAGS]', 'diff --old JOURNAL... --new JOURNAL... [FLAGS]'];
  static override flags = {
    old: string({ multiple: true, description: 'Journals to compare with, in place of OLD', helpValue: '<journal>' }),
    new: string({ multiple: true, description: 'Journals to look at, in place of NEW', helpValue: '<journal>' }),
    'old-run': integer({ min: 1, description: 'Only this run of the old side', helpValue: '<number>' }),
    'new-run': integer({ min: 1, description: 'Only this run of the new side', helpValue: '<number>' }),
    markdown: boolean({ description: 'Markdown', exclusive: ['json'] }),
    policy: string({
      description: 'Policy whose accepted gaps and required observers apply. Default: egress.policy.yaml',
      helpValue: '<file>',
    }),
    ...journalKeyFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Diff);
    const [old, now] = [requireSide('OLD', args.old, flags.old), requireSide('NEW', args.new, flags.new)];
    // Only for the gaps that it accepts and the observers that it requires: a comparison is not about rules.
    const policy = await choosePolicy(flags, process.cwd());
    const keys = givenKeys(flags);
    const progress = new ProgressLine(process.stderr);
    const [before, after] = [
      await readSide(old, { run: flags['old-run'], keys, policy, progress }),
      await readSide(now, { run: flags['new-run'], keys, policy, progress }),
    ];
    progress.clear();
    const diff = diffTraffic(before.side, after.side, { old: before.unseen, new: after.unseen });
    process.exitCode = EXIT_CODES[diff.verdict];
    if (this.jsonEnabled()) return diffJson(diff);
    if (flags.markdown) this.print(diffMarkdown(diff));
    else this.print(diffText(diff, { colour: this.colour(), columns: this.columns() }));
    return undefined;
  }
}

/** @throws USAGE */
function requireSide(name: string, positional: string | undefined, flag: readonly string[] | undefined): string[] {
  const journals = [...(positional === undefined ? [] : [positional]), ...(flag ?? [])];
  if (journals.length > 0) return journals;
  throw new EgressError('USAGE', `the ${name} journal is missing`, {
    hint: 'egress diff OLD NEW, or egress diff --old OLD... --new NEW...',
  });
}

interface Reading {
  readonly run: number | undefined;
  readonly keys: readonly VerifierKey[];
  readonly policy: Policy | undefined;
  readonly progress: ProgressLine;
}

/** Journal by journal: memory does not add up. */
async function readSide(
  journals: readonly string[],
  { run, keys, policy, progress }: Reading,
): Promise<{ readonly side: Side; readonly unseen: Unseen }> {
  const traffic = new Rollup();
  const [trouble, holes]: [string[], string[]] = [[], []];
  for (const journal of journals) {
    const source = new ReportSource({
      journal,
      judging: { ...UNJUDGED, policyFor: () => policy },
      ...(run === undefined ? {} : { run }),
      pin: (directory) => givenKey(keys, directory) ?? ownKey(keyBase(process.env), directory),
    });
    for (const { done, total } of source.advance()) {
      progress.show(`counting ${printable(journal, { max: 40 })}`, done / Math.max(1, total));
    }
    const named = (reason: string): string => `${journal}: ${reason}`;
    await source.verify();
    const unseen = unseenOf(source.verdict());
    trouble.push(...unseen.trouble.map(named));
    holes.push(...unseen.holes.map(named));
    traffic.addFlows(source.traffic.rollup);
  }
  return { side: sideOf(traffic), unseen: { trouble, holes } };
}
