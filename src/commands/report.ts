import { statSync } from 'node:fs';
import { boolean, integer, string } from '@oclif/core/flags';
import { parseExpectedHead } from '../audit/heads/expected-head.js';
import { ownKey, parseKeyArgument } from '../audit/heads/pinned-key.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { isRecorded } from '../cli/recording.js';
import { isWalkable, speaksUnicode } from '../cli/walkable.js';
import { requireJournals } from '../cli/journal-list.js';
import { choosePolicies } from '../cli/policy-choice.js';
import { policyFlags } from '../cli/policy-flags.js';
import { ProgressLine } from '../cli/progress-line.js';
import { printable } from '../core/printable.js';
import { JournalLayout } from '../journal/folder/layout.js';
import { keyBase } from '../keys/key-directory.js';
import { fleetText } from '../report/fleet-text.js';
import { judgingOf } from '../report/policy/journal-judging.js';
import type { Judging } from '../report/policy/judging.js';
import { buildFleet, type Fleet } from '../report/model/fleet.js';
import { ReportSource, type ReportOptions } from '../report/model/report-source.js';
import { reportJson } from '../report/report-json.js';
import { reportMarkdown } from '../report/report-markdown.js';
import { cacheBase } from '../report/rollup/rollup-cache.js';
import { StoredLines } from '../report/stored/stored-lines.js';

/** A journal up to this size is verified without being asked to: it takes a moment. */
const VERIFY_BYTES_MAX = 64 << 20;

interface ReportFlags {
  readonly run: number | undefined;
  readonly key: string | undefined;
  readonly 'expect-head': string | undefined;
  readonly cache: boolean;
}

export default class Report extends EgressCommand {
  static override summary = 'See who talked to whom, and whether anything needs a decision.';
  static override description =
    'On a terminal it can be walked through; anywhere else, and with --plain, it is text.\n' +
    'Several journals make one report, the worst verdict on top.';

  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report --plain web/.egress worker/.egress',
    '<%= config.bin %> report --markdown >> "$GITHUB_STEP_SUMMARY"',
  ];

  static override args = { journal: journalArg };
  static override strict = false;
  static override usage = 'report [JOURNAL...] [FLAGS]';
  static override flags = {
    ...policyFlags,
    plain: boolean({ description: 'Text, also on a terminal', exclusive: ['markdown', 'json'] }),
    markdown: boolean({ description: 'Markdown', exclusive: ['json'] }),
    run: integer({ min: 1, helpValue: '<number>', description: 'Only this run' }),
    verify: boolean({
      allowNo: true,
      description: 'Verify first. Default: if the journal has at most 64 MiB',
    }),
    key: string({ description: 'Key that the journal has to begin with, or a file with it', helpValue: '<key|file>' }),
    'expect-head': string({
      description: 'Head that the journal has to contain: SIZE:ROOT, or a checkpoint file',
      helpValue: '<head|file>',
    }),
    follow: boolean({ char: 'f', description: 'Follow what is being recorded' }),
    ascii: boolean({ description: 'No characters beyond ASCII. Default: as the locale says' }),
    'screen-reader': boolean({ description: 'For somebody who hears the screen; also INK_SCREEN_READER=true' }),
    cache: boolean({ allowNo: true, default: true, description: 'Keep counts of closed segments for the next time' }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(Report);
    const isText = flags.plain || flags.markdown || this.jsonEnabled();
    const isWalked = !isText && isWalkable(process.stdout, process.env);
    if (flags.follow && !isWalked)
      process.stderr.write('egress: -f needs a terminal; egress log -f follows as lines\n');
    const policies = await choosePolicies(flags, process.cwd());
    const journals = await requireJournals(argv as string[], 'report', () => this.journalPath());
    const sources: ReportSource[] = [];
    for (const journal of journals) {
      const judging = await judgingOf(journal, policies, isWalked);
      sources.push(new ReportSource(this.#options(journal, flags, judging)));
    }
    const fleet = await this.#load(sources, flags.verify);
    if (isWalked) {
      // Loaded here, so that no other command pays for it.
      const { openReport } = await import('../report/ui/open-report.js');
      const code = await openReport(sources, {
        colour: this.colour(),
        ascii: flags.ascii || !speaksUnicode(process.env),
        spoken: flags['screen-reader'] || process.env['INK_SCREEN_READER'] === 'true',
        follow: flags.follow,
      });
      process.exitCode = code;
      if (code !== undefined) return undefined;
    }
    if (this.jsonEnabled()) return reportJson(fleet);
    if (flags.markdown) this.print(reportMarkdown(fleet));
    else this.print(fleetText(fleet, { colour: this.colour(), columns: this.columns() }));
    return undefined;
  }

  #options(journal: string, flags: ReportFlags, judging: Judging): ReportOptions {
    const { key, run, 'expect-head': head } = flags;
    const given =
      key === undefined ? undefined : ({ key: parseKeyArgument(key), source: 'given', replaced: [] } as const);
    return {
      journal,
      judging,
      pin: (directory) => given ?? ownKey(keyBase(process.env), directory),
      isRecorded,
      ...(run === undefined ? {} : { run }),
      ...(head === undefined ? {} : { expected: parseExpectedHead(head) }),
      ...(flags.cache ? { cacheBase: cacheBase(process.env) } : {}),
    };
  }

  async #load(sources: readonly ReportSource[], verify: boolean | undefined): Promise<Fleet> {
    const progress = new ProgressLine(process.stderr);
    for (const source of sources) {
      for (const { done, total } of source.advance()) {
        progress.show(`counting ${printable(source.options.journal, { max: 40 })}`, done / Math.max(1, total));
      }
      if (verify ?? sizeOf(source.directory) <= VERIFY_BYTES_MAX) await source.verify();
    }
    progress.clear();
    return buildFleet(sources.map((source) => source.model()));
  }
}

function sizeOf(directory: string): number {
  const layout = new JournalLayout(directory);
  return new StoredLines(directory)
    .segments()
    .reduce((sum, segment) => sum + (statSync(layout.segment(segment), { throwIfNoEntry: false })?.size ?? 0), 0);
}
