import { Config } from '@oclif/core/config';
import { normalizeArgv } from '@oclif/core/help';
import { run as runCommand } from '@oclif/core/run';
import { EgressError, systemCode } from '../core/error.js';
import { printable } from '../core/printable.js';
import { colourFor } from './colour.js';
import { EXIT, EXIT_BROKEN_PIPE, exitCodeOf } from './exit-code.js';
import { asksForJson, failureOf, oclifExitCode, renderFailure, renderFailureJson } from './failure.js';
import { suggestion } from '../core/suggestion.js';
import { LoneConfig } from './lone-config.js';
import { firstFact, strayWord } from './usage-error.js';

/** A command that is started without the others, by what its file exports. */
type LoneCommand = () => Promise<{
  readonly default: { runAlone(argv: readonly string[], config: LoneConfig): Promise<void> };
}>;

/**
 * Runs the command that `argv` names and sets `process.exitCode`; never rejects. oclif's own `execute` prints errors in
 * its own way and ends the process before streams are drained, so it is not used.
 * @param bin `import.meta.url` of the bin script
 * @param run loads the command that programs wait for
 */
export async function main(argv: readonly string[], bin: string, run: LoneCommand): Promise<void> {
  guardStreams();
  try {
    if (argv[0] === 'run' && !asksForHelp(argv)) {
      const { default: command } = await run();
      await command.runAlone(argv.slice(1), new LoneConfig(bin));
      return;
    }
    const config = await Config.load(bin);
    requireKnownCommand(argv, config);
    // The help plugin's command knows no --json; for its failures the flag still counts.
    await runCommand(argv[0] === 'help' ? argv.filter((word) => word !== '--json') : [...argv], config);
  } catch (thrown) {
    report(thrown, argv);
  }
}

/** A reader that goes away ends the command quietly; a full disk behind stdout is a failure and says so. */
function guardStreams(): void {
  process.stdout.on('error', (error: Error) => {
    if (systemCode(error) === 'EPIPE') process.exit(EXIT_BROKEN_PIPE);
    process.stderr.write(`egress: cannot write to stdout: ${printable(error.message)} (WRITE_FAILED)\n`);
    process.exit(EXIT.undecided);
  });
  // There is nowhere left to say it, and the exit code still counts.
  process.stderr.on('error', () => undefined);
}

/** Of egress: what stands behind -- is the program's. */
function asksForHelp(argv: readonly string[]): boolean {
  const cut = argv.indexOf('--');
  return argv.slice(0, cut < 0 ? argv.length : cut).includes('--help');
}

/** Refuses a command that does not exist, before oclif answers a mistyped one with the help of its topic and code 0. */
function requireKnownCommand(argv: readonly string[], config: Config): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-')) return;
  const [id = first] = normalizeArgv(config, [...argv]);
  if (config.findCommand(id) || config.findTopic(id)) return;
  const parts = id.split(':');
  const own = parts.findLastIndex((_, end) => config.findCommand(parts.slice(0, end).join(':')) !== undefined);
  if (own > 0) throw strayWord(parts.slice(0, own).join(' '), parts[own] ?? '');
  const words = parts.join(' ');
  const known = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id.split(':').join(' '));
  const meant = suggestion(words, known) ?? suggestion(first, known);
  throw new EgressError('USAGE', `there is no command ${printable(words, { max: 64 })}`, {
    hint: `${meant === undefined ? '' : `${meant}\n`}egress --help lists the commands.`,
  });
}

/** Failures outside a command: an unknown one, help for one, a broken installation. */
function report(thrown: unknown, argv: readonly string[]): void {
  const code = oclifExitCode(thrown);
  if (code !== undefined) {
    process.exitCode = code;
    return;
  }
  const failure = failureOf(
    isParseError(thrown) ? new EgressError('USAGE', firstFact(thrown), { cause: thrown }) : thrown,
  );
  process.exitCode = exitCodeOf(failure.code, argv[0]);
  if (asksForJson(argv)) process.stdout.write(renderFailureJson(failure));
  else process.stderr.write(renderFailure(failure, colourFor('auto', process.stderr, process.env)));
}

/** Commands that are not ours, such as the help plugin's, let oclif's parse errors through. */
function isParseError(thrown: unknown): boolean {
  return thrown instanceof Error && 'parse' in thrown && 'oclif' in thrown;
}
