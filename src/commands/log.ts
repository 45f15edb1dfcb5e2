import { boolean, integer, option, string } from '@oclif/core/flags';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { Output } from '../cli/output.js';
import { choosePolicies, type PolicyFlags } from '../cli/policy-choice.js';
import { policyFlags } from '../cli/policy-flags.js';
import { parseSeqRange } from '../cli/seq-argument.js';
import { parseTime } from '../cli/time-argument.js';
import { EgressError } from '../core/error.js';
import { printableJson } from '../core/printable.js';
import { CHANNELS } from '../event/frame.js';
import { judgingOf } from '../report/policy/journal-judging.js';
import { Log as RecordLog, type LogRequest } from '../report/log/log.js';
import { LogText } from '../report/log/log-text.js';
import type { Judge } from '../report/rollup/rollup.js';
import { isBookkeeping } from '../report/sentence/record-sentence.js';
import { placeText, type StoredLine } from '../report/stored/stored-lines.js';
import { verboseText } from '../report/log/verbose-text.js';

/** As with `journalctl -f`: what a reader gets to see before the new lines come. */
const NEWEST_WHEN_FOLLOWING = 10;

export default class Log extends EgressCommand {
  static override summary = 'List recorded calls.';
  static override description =
    'Shows calls, runs and gaps, the oldest first. Times are UTC.\nNothing is verified here: egress verify does that.';

  static override examples = [
    '<%= config.bin %> log -n 20',
    '<%= config.bin %> log -f --package stripe',
    '<%= config.bin %> log --since 10m --host "*.example" -o verbose',
    '<%= config.bin %> log -o json | jq .server.address',
    '<%= config.bin %> log --color=always | less -R',
  ];

  static override args = { journal: journalArg };

  static override flags = {
    follow: boolean({ char: 'f', description: 'Show new records as they come' }),
    lines: integer({ char: 'n', min: 0, max: 1_000_000, helpValue: '<count>', description: 'Only the newest' }),
    reverse: boolean({ char: 'r', description: 'Newest first', exclusive: ['follow'] }),
    since: string({ char: 'S', helpValue: '<time>', description: 'Not older: 10m, 12:04, "2026-10-20 12:04"' }),
    until: string({ char: 'U', helpValue: '<time>', description: 'Not newer' }),
    output: option({ char: 'o', options: ['short', 'verbose', 'json'] as const, default: 'short' })({
      description: 'One line each; all fields; or the stored lines, byte for byte',
    }),
    host: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<name>',
      description: 'Calls to it; * matches any part',
    }),
    package: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<name>',
      description: 'Calls that it made',
    }),
    channel: option({ options: CHANNELS, multiple: true, multipleNonGreedy: true } as const)({
      helpValue: '<name>',
      description: `Calls through it: ${CHANNELS.join(', ')}`,
    }),
    gaps: boolean({ description: 'Only what could not be recorded' }),
    unexplained: boolean({ description: 'Only what hooks and kernel disagree on without a good reason' }),
    unexpected: boolean({ description: 'Only calls that the policy of their run, or the one given, does not expect' }),
    ...policyFlags,
    seq: string({ helpValue: '<a>..<b>', description: 'Records of these numbers' }),
    run: integer({ min: 1, helpValue: '<number>', description: 'Records of this run' }),
    local: boolean({ description: 'Times in the local zone' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Log);
    const format = this.jsonEnabled() ? 'json' : flags.output;
    const newest = flags.lines ?? (flags.follow ? NEWEST_WHEN_FOLLOWING : undefined);
    const now = Date.now();
    const request: LogRequest = {
      filter: {
        hosts: (flags.host ?? []).map((host) => host.toLowerCase()),
        packages: flags.package ?? [],
        channels: flags.channel ?? [],
        gaps: flags.gaps,
        unexplained: flags.unexplained,
        ...(flags.since === undefined ? {} : { since: parseTime(flags.since, now) }),
        ...(flags.until === undefined ? {} : { until: parseTime(flags.until, now) }),
        ...(flags.seq === undefined ? {} : { seq: parseSeqRange(flags.seq) }),
      },
      reverse: flags.reverse,
      ...(flags.run === undefined ? {} : { run: flags.run }),
      ...(newest === undefined ? {} : { newest }),
      ...(format === 'short' ? { shows: ({ view }) => view === undefined || !isBookkeeping(view.kind) } : {}),
    };
    const journal = await this.journalPath(args.journal);
    const log = new RecordLog(
      journal,
      flags.unexpected ? { ...request, unexpectedBy: await judgeOf(journal, flags) } : request,
    );
    const show = this.#renderer(format, flags.local);
    const output = new Output(process.stdout);
    let isEmpty = true;
    for (const line of log.select()) {
      isEmpty = false;
      await output.line(show(line));
    }
    await output.flush();
    if (!flags.follow) {
      // Whoever looks at a terminal would take silence for a failure; a pipe gets what is there.
      if (isEmpty && process.stdout.isTTY) this.print(this.colour().dim('No such records.'));
      return;
    }
    for await (const line of log.follow(() => output.flush())) await output.line(show(line));
  }

  /** Gives the text of a line; undefined for one that the format leaves out. */
  #renderer(format: 'short' | 'verbose' | 'json', local: boolean): (line: StoredLine) => string | Buffer | undefined {
    const colour = this.colour();
    if (format === 'verbose') return (line) => verboseText(line, colour, local);
    if (format === 'json') {
      // A pipe gets the stored bytes. A terminal would obey some of them.
      return process.stdout.isTTY ? ({ bytes }) => printableJson(bytes.toString()) : ({ bytes }) => bytes;
    }
    const text = new LogText({ colour, columns: this.columns(), local });
    return (line) => (line.view === undefined ? text.renderBroken(placeText(line)) : text.render(line.view));
  }
}

/** Where neither the run nor the user names a policy nothing can be unexpected, and an empty list would say so wrongly. */
async function judgeOf(journal: string, flags: PolicyFlags & { readonly follow: boolean }): Promise<Judge> {
  const { judge, policyFor } = await judgingOf(journal, await choosePolicies(flags, process.cwd()), flags.follow);
  return (view, context) => {
    if (policyFor(context.policy) !== undefined) return judge(view, context);
    throw new EgressError('POLICY_MISSING', `run ${context.run} was recorded without a policy`, {
      hint: '--policy FILE names one, --expect none expects nothing but this machine.',
    });
  };
}
