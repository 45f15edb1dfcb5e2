import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { EgressCommand } from '../cli/base-command.js';
import { isWalkable } from '../cli/walkable.js';
import { JUDGED_RUN_EXIT, RUN_EXIT } from '../cli/exit-code.js';
import { choosePolicy, type PolicyFlags } from '../cli/policy-choice.js';
import { policyFile } from '../report/format/policy-file.js';
import { policyFlags } from '../cli/policy-flags.js';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import type { Command, Exit } from '../core/launcher.js';
import { controlSocket, keyBase, keyDirectory } from '../keys/key-directory.js';
import { KernelObserver, type NoObserver } from '../kernel/kernel-observer.js';
import { openWriter, wallClockMicros } from '../recorder/upkeep/open-writer.js';
import { plainLauncher } from '../recorder/program/plain-launcher.js';
import { untouchedEnvironment } from '../recorder/program/program-environment.js';
import { captureSource } from '../recorder/bodies/capture-source.js';
import { recordRun } from '../recorder/record-run.js';
import type { ProgramGuard } from '../recorder/program/program-user.js';
import { requireTarget } from '../recorder/program/target.js';
import type { Policy } from '../policy/policy.js';
import type { PolicyOutcome } from '../report/policy/policy-outcome.js';
import { runSummaryJson, runSummaryText, type RunSummary } from '../report/run-summary.js';
import { unjudgedVerdict } from '../report/policy/unjudged-run.js';
import { noKernelText } from '../report/text/kernel-text.js';
import { IO_URING_MODES, KERNEL_MODES } from '../settings/setting.js';
import { settingTriples, type Settings } from '../settings/load-settings.js';
import { forbidMemoryReads } from '../system/memory.js';
import { enclosingRun } from '../recorder/program/enclosing-run.js';
import type { UserFiles } from '../recorder/program/user-files.js';
import { runUnrecorded } from '../recorder/program/run-unrecorded.js';

const SUMMARY_FORMATS = ['json', 'sarif', 'junit', 'markdown'] as const;

type SummaryTarget = Readonly<{ file: string | undefined; format: (typeof SUMMARY_FORMATS)[number] }>;

export default class Run extends EgressCommand {
  /** oclif would know it by the name of the file, which is not asked for where `run` is started alone. */
  static override id = 'run';
  static override summary = 'Run a program and record every network call that it and its children make.';
  static override description =
    'Everything after -- is the program and its arguments. Its stdin, stdout, stderr, signals and exit code are its own.\n' +
    'The summary comes last, on stderr. Exit codes 125, 126 and 127 say that the program was not started.';

  static override examples = [
    '<%= config.bin %> run -- node app.js',
    '<%= config.bin %> run --journal ci-journal -- npm test',
    '<%= config.bin %> run --expect none -- npm test',
  ];
  static override enableJsonFlag = false;
  static override usage = 'run [FLAGS] -- COMMAND [ARGUMENT...]';
  static override flags = {
    report: boolean({ description: 'Open the report when the program has ended, on a terminal' }),
    ...policyFlags,
    'summary-file': string({ description: 'Write the summary to a file', helpValue: '<file>' }),
    'summary-format': option({ options: SUMMARY_FORMATS })({
      description: 'Format of that file; all but json need a policy (default json)',
      dependsOn: ['summary-file'],
    }),
    kernel: option({ options: KERNEL_MODES })({
      description: 'Whether to observe the kernel too (Linux; default auto)',
    }),
    user: string({ description: 'Run the program as this user (as root, on Linux)', helpValue: '<name>' }),
    env: string({
      description: 'With --user: a variable that the program gets as well; may be given again',
      helpValue: '<name>',
      multiple: true,
      dependsOn: ['user'],
    }),
    'io-uring': option({ options: IO_URING_MODES })({
      description: 'io_uring makes connections that nobody sees (default deny)',
    }),
    wait: integer({
      description: 'Seconds to listen on to processes that outlive the program',
      default: 3,
      min: 0,
      max: 3600,
      helpValue: '<seconds>',
    }),
  };

  async run(): Promise<void> {
    const cut = this.argv.indexOf('--');
    // The program's part is cut off before oclif sees it: its parser reorders repeated words and drops a second --.
    const [file, ...args] = cut < 0 ? [] : this.argv.slice(cut + 1);
    const { flags } = await this.parse(Run, cut < 0 ? this.argv : this.argv.slice(0, cut));
    if (file === undefined) {
      throw new EgressError('USAGE', 'the program to run is missing', { hint: 'egress run -- node app.js' });
    }
    requirePlatform();
    const guard = flags.user === undefined ? undefined : await guardFrom(flags.user);
    const command = { file, args, cwd: process.cwd(), ...rightsOf(guard, flags.env ?? []) };
    const asked = { kernel: flags.kernel, ioUring: flags['io-uring'] };
    const settings =
      guard?.settings(await this.settings(asked, guard.fileSystem('config'))) ?? (await this.settings(asked));
    // Read before the program starts: a mistake in it is not to be found out at the end of a long job.
    const policy = await choosePolicy(flags, process.cwd(), guard?.fileSystem('policy'));
    const summary = { file: flags['summary-file'], format: flags['summary-format'] ?? 'json' };
    if (summary.format !== 'json' && policy === undefined) {
      throw new EgressError('USAGE', `--summary-format ${summary.format} is about a policy, and there is none`, {
        hint: '--policy FILE names one, --expect none expects nothing but this machine.',
      });
    }
    requireTarget(file, command.cwd, process.env['PATH']);
    const outer = enclosingRun(process.env);
    if (outer !== undefined || !settings.enabled.value) {
      const why =
        outer === undefined ? 'recording is switched off (enabled: off)' : 'an outer egress run records this one';
      process.stderr.write(`egress: ${why}\n`);
      const env = outer === undefined ? untouchedEnvironment(command.env) : command.env;
      const code = codeOf(await runUnrecorded(plainLauncher, { ...command, env }));
      process.exitCode = code;
      if (policy === undefined) return;
      process.stderr.write('egress: the policy was not checked here\n');
      if (code === 0) process.exitCode = RUN_EXIT.incomplete;
      return;
    }
    await this.#record(command, guard, settings, policy, flags.wait * 1_000, summary);
    if (flags.report) await this.#openReport(settings.journal.value, flags);
  }

  /** stdout is the program's: what is no terminal gets nothing from us. The exit code stays the program's own. */
  async #openReport(journal: string, { policy, expect }: PolicyFlags): Promise<void> {
    const { exitCode } = process;
    if (isWalkable(process.stdout, process.env)) {
      const judged = [
        ['--policy', policy],
        ['--expect', expect],
      ].flatMap(([flag = '', value]) => (value === undefined ? [] : [flag, value]));
      await this.config.runCommand('report', [journal, ...judged]);
    } else process.stderr.write('egress: --report needs a terminal; later: egress report\n');
    process.exitCode = exitCode;
  }

  async #record(
    command: Command,
    guard: ProgramGuard | undefined,
    settings: Settings,
    policy: Policy | undefined,
    waitMsMax: number,
    target: SummaryTarget,
  ): Promise<void> {
    const preload = requirePreload();
    const journal = settings.journal.value;
    guard?.requireAll({ journal, keys: keyBase(process.env), summary: target.file, preload, cwd: command.cwd });
    // Before the first key is in memory.
    forbidMemoryReads();
    const kernel = await observeKernel(settings);
    let files: UserFiles | undefined;
    try {
      files = guard?.files(() => {
        warn(`files of ${guard.account.name} can no longer be read: packages are told from their paths`);
      });
      await this.#recordWith(kernel, command, files, settings, policy, preload, waitMsMax, target);
    } finally {
      await files?.close();
      if (!('reason' in kernel)) await kernel.stop();
    }
  }

  async #recordWith(
    kernel: KernelObserver | NoObserver,
    command: Command,
    files: UserFiles | undefined,
    settings: Settings,
    policy: Policy | undefined,
    preload: string,
    waitMsMax: number,
    target: SummaryTarget,
  ): Promise<void> {
    const writer = openWriter(settings.journal.value, settings, warn, { policy });
    const outcome = await recordRun({
      command,
      files,
      launcher: 'reason' in kernel ? plainLauncher : kernel,
      kernel,
      writer,
      policy,
      preload,
      control: controlSocket(keyDirectory(keyBase(process.env), writer.directory)),
      hooks: {
        disabled: settings.disabledChannels.value,
        strict: settings.redaction.value === 'strict',
        safeHeaders: settings.safeHeaders.value,
        fingerprintBytesMax: settings.fingerprintBytesMax.value,
      },
      capture: captureSource(writer, settings.bodyBytesMax.value),
      settings: settingTriples(settings),
      version: this.config.version,
      waitMsMax,
      now: wallClockMicros,
      onFailure: tellStopped,
    });
    const programCode = codeOf(outcome.exit);
    const recorded = { ...outcome, journal: settings.journal.value };
    const judged = policy && (await loadJudgement()).judgeRecordedRun(writer.directory, policy, recorded);
    // The program's own code wins; see `egress help exit-codes`.
    process.exitCode = programCode === 0 && judged !== undefined ? JUDGED_RUN_EXIT[judged.conclusion] : programCode;
    const summary = {
      ...recorded,
      exitCode: process.exitCode,
      policy: judged,
      verdict: judged?.verdict ?? unjudgedVerdict(outcome),
      head: writer.head,
    };
    if (judged !== undefined) await tellRunner(judged);
    process.stderr.write(runSummaryText(summary, this.colour(process.stderr), process.stderr));
    if (target.file !== undefined) save(target.file, await this.#summaryFile(target.format, summary));
  }

  async #summaryFile(format: SummaryTarget['format'], summary: RunSummary): Promise<string> {
    const { policy, exitCode } = summary;
    if (format === 'json' || policy === undefined) return runSummaryJson(summary);
    const { formatOutcome } = await import('../report/format/policy-format.js');
    const context = {
      colour: this.colour(),
      width: 100,
      version: this.config.version,
      file: policyFile(policy),
      exitCode,
    };
    return `${formatOutcome(policy, format, context)}\n`;
  }
}

/** Annotations and the step's summary, where the job runs on GitHub; stdout is the program's. */
async function tellRunner(judged: PolicyOutcome): Promise<void> {
  const { isGithub, tellJob } = await import('../report/format/github.js');
  if (!isGithub(process.env)) return;
  tellJob(judged, process.env, (line) => process.stderr.write(`${line}\n`));
}

/** Loaded here, so that a run as the own user does not pay for it. */
async function guardFrom(user: string): Promise<ProgramGuard> {
  const { ProgramGuard } = await import('../recorder/program/program-user.js');
  return ProgramGuard.of(user);
}

function rightsOf(guard: ProgramGuard | undefined, passed: readonly string[]): Pick<Command, 'env' | 'user'> {
  if (guard === undefined) return { env: process.env };
  return { env: guard.environment(process.env, passed), user: guard.account };
}

/** Loaded here, so that a run without a policy does not pay for it. */
const loadJudgement = async () => import('../report/policy/run-judgement.js');

/** @throws KERNEL_UNOBSERVED where it is required */
async function observeKernel(settings: Settings): Promise<KernelObserver | NoObserver> {
  if (settings.kernel.value === 'off') return { reason: 'switched_off' };
  const kernel = await KernelObserver.start({ allowIoUring: settings.ioUring.value === 'allow' });
  if (!('reason' in kernel) || settings.kernel.value === 'auto') return kernel;
  const { reason } = kernel;
  throw new EgressError('KERNEL_UNOBSERVED', `the kernel cannot be observed here: ${noKernelText(reason)}`, {
    hint: 'egress doctor says why. Without --kernel=require the run is recorded by the hooks alone.',
  });
}

function warn(text: string): void {
  process.stderr.write(`egress: ${printable(text)}\n`);
}

/** At once, and not with the summary, which for a server may be weeks away. */
function tellStopped({ code, message }: EgressError): void {
  warn(`✗ RECORDING STOPPED, the program runs on unrecorded: ${message} (${code})`);
}

/** 128+n for a signal, as a shell reports it. */
function codeOf(exit: Exit): number {
  return exit.signal === undefined ? (exit.code ?? 0) : 128 + constants.signals[exit.signal];
}

function requirePlatform(): void {
  if (process.platform !== 'win32') return;
  throw new EgressError('PLATFORM_UNSUPPORTED', 'egress run works on Linux and macOS', {
    hint: 'Journals that were recorded there can be read and verified here.',
  });
}

/** A preload that is missing would kill every Node process of the program. */
function requirePreload(): string {
  const preload = fileURLToPath(new URL('../hooks/preload.cjs', import.meta.url));
  if (existsSync(preload)) return preload;
  throw new EgressError('PRELOAD_MISSING', `${preload} is missing`, {
    hint: 'Install egress again; in a checkout: npm run build',
  });
}

function save(file: string, json: string): void {
  try {
    writeFileSync(file, json);
  } catch (error) {
    process.stderr.write(`egress: cannot write ${file}: ${systemCode(error) ?? 'unknown error'}\n`);
  }
}
