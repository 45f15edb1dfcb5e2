import { string as stringArg } from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { option, string as stringFlag } from '@oclif/core/flags';
import type { Input, ParserOutput } from '@oclif/core/interfaces';
import type { ChalkInstance } from 'chalk';
import { EgressError } from '../core/error.js';
import { printableJson } from '../core/printable.js';
import { COLOUR_MODES, colourFor, type ColourMode } from './colour.js';
import { exitCodeOf } from './exit-code.js';
import { asksForJson, failureOf, oclifExitCode, renderFailure, renderFailureJson } from './failure.js';
import { loadSettings, type Settings, type SettingsSources } from '../settings/load-settings.js';
import { usageError } from './usage-error.js';

/** The optional positional journal of every command that reads one: `static override args = { journal: journalArg }`. */
export const journalArg = stringArg({
  description: 'Journal folder. Default: --journal, EGRESS_JOURNAL, the config file, .egress',
});

/** Parsed flags or arguments by name, as oclif types them. */
type Output = Record<string, unknown>;

interface SharedFlags {
  readonly journal?: string;
  readonly config?: string;
  readonly color?: ColourMode;
}

/**
 * Base of every command: the shared flags, the journal's path, colour, and what a failure looks like and exits with.
 * A command writes its result with `print`, or returns it for `--json`; for a negative result it sets
 * `process.exitCode` (oclif's `this.exit` throws, which `--json` would turn into a failure).
 */
export abstract class EgressCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    journal: stringFlag({ description: 'Journal folder', helpGroup: 'GLOBAL', helpValue: '<folder>' }),
    config: stringFlag({ description: 'Config file', helpGroup: 'GLOBAL', helpValue: '<file>' }),
    color: option({ options: COLOUR_MODES, default: 'auto' as const })({
      description: 'Colour the output',
      helpGroup: 'GLOBAL',
    }),
  };

  #shared: SharedFlags = {};

  /** Runs it as if there were no other command; what it throws is reported like any command's. */
  static async runAlone(
    this: new (argv: string[], config: Config) => EgressCommand,
    argv: readonly string[],
    config: Config,
  ): Promise<void> {
    await new this([...argv], config)._run();
  }

  /** Styles for stdout, or for stderr where a command writes there. */
  protected colour(stream: NodeJS.WriteStream = process.stdout): ChalkInstance {
    return colourFor(this.#shared.color ?? 'auto', stream, process.env);
  }

  /** Columns to lay text out for; undefined (no limit) where the reader is not a terminal and names no width. */
  protected columns(): number | undefined {
    const { columns } = process.stdout;
    if (columns > 0) return columns;
    const named = Number(process.env['COLUMNS']);
    return Number.isInteger(named) && named > 0 ? named : undefined;
  }

  /** One line, or several, of the result. Recorded text in it has passed `printable()`. */
  protected print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /**
   * The settings in force.
   * @param flags texts of the command's own flags; --journal is already among them
   * @param fs reads config files
   * @throws SETTINGS_INVALID, USAGE
   */
  protected settings(flags: SettingsSources['flags'] = {}, fs?: SettingsSources['fs']): Promise<Settings> {
    const { journal, config } = this.#shared;
    return loadSettings({
      cwd: process.cwd(),
      env: process.env,
      flags: { journal, ...flags },
      config,
      ...(fs && { fs }),
    });
  }

  /**
   * The journal to work on. Where it is named directly no config file is read, so that a broken one in the working
   * folder does not keep anybody from verifying a journal.
   * @param positional the JOURNAL argument, where one was given
   * @throws SETTINGS_INVALID
   */
  protected async journalPath(positional?: string): Promise<string> {
    const named = [positional, this.#shared.journal, process.env['EGRESS_JOURNAL']].find((path) => path !== undefined);
    if (named !== undefined && named !== '') return named;
    return (await this.settings()).journal.value;
  }

  /** As in oclif, but a mistake is a USAGE error with a suggestion, and a positional never comes from stdin. */
  protected override async parse<F extends Output, B extends Output, A extends Output>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const input = options ?? (this.ctor as Input<F, B, A>);
    for (const arg of Object.values<{ ignoreStdin?: boolean }>(input.args ?? {})) arg.ignoreStdin = true;
    try {
      const parsed = await super.parse<F, B, A>(input, argv);
      this.#shared = parsed.flags as SharedFlags;
      return parsed;
    } catch (error) {
      throw error instanceof EgressError ? error : usageError(error, this.ctor);
    }
  }

  override jsonEnabled(): boolean {
    return this.ctor.enableJsonFlag && asksForJson(this.argv);
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${printableJson(JSON.stringify(json, undefined, 2))}\n`);
  }

  /** Reports what `run` threw. Nothing is thrown on, so that oclif's own printing and exit code never apply. */
  protected override catch(thrown: unknown): Promise<void> {
    const ended = oclifExitCode(thrown);
    if (ended !== undefined) {
      process.exitCode = ended;
      return Promise.resolve();
    }
    const failure = failureOf(thrown);
    process.exitCode = exitCodeOf(failure.code, this.id);
    if (process.env['EGRESS_DEBUG'] !== undefined && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
    if (this.jsonEnabled()) process.stdout.write(renderFailureJson(failure));
    else process.stderr.write(renderFailure(failure, this.colour(process.stderr)));
    return Promise.resolve();
  }
}
