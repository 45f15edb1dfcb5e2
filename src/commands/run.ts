import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { EgressCommand } from '../cli/base-command.js';
import { isWalkable } from '../cli/walkable.js';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import type { Exit } from '../core/launcher.js';
import { controlSocket, keyBase, keyDirectory } from '../keys/key-directory.js';
import { KernelObserver, type NoObserver } from '../kernel/kernel-observer.js';
import { openWriter, wallClockMicros } from '../recorder/open-writer.js';
import { plainLauncher } from '../recorder/plain-launcher.js';
import { untouchedEnvironment } from '../recorder/program-environment.js';
import { recordRun } from '../recorder/record-run.js';
import { requireTarget } from '../recorder/target.js';
import { runSummaryJson, runSummaryText } from '../report/run-summary.js';
import { noKernelText } from '../report/kernel-text.js';
import { IO_URING_MODES, KERNEL_MODES } from '../settings/setting.js';
import { settingTriples, type Settings } from '../settings/load-settings.js';
import { forbidMemoryReads } from '../system/memory.js';
import { enclosingRun } from '../recorder/enclosing-run.js';
import { runUnrecorded } from '../recorder/run-unrecorded.js';

export default class Run extends EgressCommand {
  static override summary = 'Run a program and record every network call that it and its children make.';
  static override description =
    'Everything after -- is the program and its arguments. Its stdin, stdout, stderr, signals and exit code are its own.\n' +
    'The summary comes last, on stderr. Exit codes 125, 126 and 127 say that the program was not started.';

  static override examples = [
    '<%= config.bin %> run -- node app.js',
    '<%= config.bin %> run --journal ci-journal -- npm test',
  ];
  static override enableJsonFlag = false;
  static override usage = 'run [FLAGS] -- COMMAND [ARGUMENT...]';
  static override flags = {
    report: boolean({ description: 'Open the report when the program has ended, on a terminal' }),
    'summary-file': string({ description: 'Write the summary as JSON to a file', helpValue: '<file>' }),
    kernel: option({ options: KERNEL_MODES })({
      description: 'Whether to observe the kernel too (Linux; default auto)',
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
    const command = { file, args, cwd: process.cwd(), env: process.env };
    const settings = await this.settings({ kernel: flags.kernel, ioUring: flags['io-uring'] });
    requirePlatform();
    requireTarget(file, command.cwd, process.env['PATH']);
    const outer = enclosingRun(process.env);
    if (outer !== undefined || !settings.enabled.value) {
      const why =
        outer === undefined ? 'recording is switched off (enabled: off)' : 'an outer egress run records this one';
      process.stderr.write(`egress: ${why}\n`);
      const env = outer === undefined ? untouchedEnvironment(process.env) : process.env;
      process.exitCode = codeOf(await runUnrecorded(plainLauncher, { ...command, env }));
      return;
    }
    await this.#record(command, settings, flags.wait * 1_000, flags['summary-file']);
    if (flags.report) await this.#openReport(settings.journal.value);
  }

  /** stdout is the program's: what is no terminal gets nothing from us. The exit code stays the program's own. */
  async #openReport(journal: string): Promise<void> {
    const { exitCode } = process;
    if (isWalkable(process.stdout, process.env)) await this.config.runCommand('report', [journal]);
    else process.stderr.write('egress: --report needs a terminal; later: egress report\n');
    process.exitCode = exitCode;
  }

  async #record(
    command: Parameters<typeof recordRun>[0]['command'],
    settings: Settings,
    waitMsMax: number,
    summaryFile: string | undefined,
  ): Promise<void> {
    const preload = requirePreload();
    // Before the first key is in memory.
    forbidMemoryReads();
    const kernel = await observeKernel(settings);
    try {
      await this.#recordWith(kernel, command, settings, preload, waitMsMax, summaryFile);
    } finally {
      if (!('reason' in kernel)) await kernel.stop();
    }
  }

  async #recordWith(
    kernel: KernelObserver | NoObserver,
    command: Parameters<typeof recordRun>[0]['command'],
    settings: Settings,
    preload: string,
    waitMsMax: number,
    summaryFile: string | undefined,
  ): Promise<void> {
    const writer = openWriter(settings.journal.value, settings, warn);
    const outcome = await recordRun({
      command,
      launcher: 'reason' in kernel ? plainLauncher : kernel,
      kernel,
      writer,
      preload,
      control: controlSocket(keyDirectory(keyBase(process.env), writer.directory)),
      hooks: {
        disabled: settings.disabledChannels.value,
        strict: settings.redaction.value === 'strict',
        safeHeaders: settings.safeHeaders.value,
        fingerprintBytesMax: settings.fingerprintBytesMax.value,
      },
      settings: settingTriples(settings),
      version: this.config.version,
      waitMsMax,
      now: wallClockMicros,
      onFailure: tellStopped,
    });
    process.exitCode = codeOf(outcome.exit);
    const summary = { ...outcome, exitCode: codeOf(outcome.exit), journal: settings.journal.value, head: writer.head };
    process.stderr.write(runSummaryText(summary, this.colour(process.stderr), process.stderr));
    if (summaryFile !== undefined) save(summaryFile, runSummaryJson(summary));
  }
}

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
