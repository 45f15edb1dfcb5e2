import type { Command } from '@oclif/core/command';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { suggestion } from '../core/suggestion.js';

/** oclif appends its advice to each message, below the fact and sometimes above a list of details. */
export function firstFact(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('See more help')).join(' ');
}

function unknownFlags(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null || !('flags' in error) || !Array.isArray(error.flags)) return [];
  return error.flags.filter((flag) => typeof flag === 'string');
}

/** A value that a flag does not take, with the one that was meant. */
function wrongValue(error: unknown): string | undefined {
  const [, flag, given = '', options = ''] =
    /^Expected (--[a-z-]+)=(.*) to be one of: (.*)$/s.exec(firstFact(error)) ?? [];
  if (flag === undefined) return undefined;
  const meant = suggestion(given, options.split(', '));
  const fact = `${flag} takes ${options}, and not ${printable(given, { max: 64 })}`;
  return meant === undefined ? fact : `${fact}. ${meant}`;
}

interface Missing {
  readonly name: string;
  readonly description: string;
}

/** Words too many, as they were typed; or what is missing. */
function argumentsOf(error: unknown): readonly (string | Missing)[] {
  if (typeof error !== 'object' || error === null || !('args' in error) || !Array.isArray(error.args)) return [];
  return (error.args as unknown[]).flatMap<string | Missing>((one) => {
    if (typeof one === 'string') return [one];
    const { name, description } = one as { name?: unknown; description?: unknown };
    return typeof name === 'string' && typeof description === 'string' ? [{ name, description }] : [];
  });
}

/** A word that a command takes none of; behind `egress run` it is mostly the program, without the `--` before it. */
export function strayWord(typed: string, word: string, cause?: unknown): EgressError {
  const shown = printable(word, { max: 64 });
  if (typed === 'run') {
    return new EgressError('USAGE', `the program has to stand behind --, and ${shown} does not`, {
      hint: 'egress run -- node app.js',
      cause,
    });
  }
  return new EgressError('USAGE', `egress ${typed} has no place for ${shown}`, {
    hint: `egress ${typed} --help shows what it takes.`,
    cause,
  });
}

/** What oclif's parser threw, as an error of ours that says what was meant and where to look. */
export function usageError(error: unknown, command: typeof Command): EgressError {
  // oclif's own ids have colons where one types a space.
  const typed = command.id.replaceAll(':', ' ');
  const help = `egress ${typed} --help shows what it takes.`;
  const [unknown] = unknownFlags(error);
  const value = wrongValue(error);
  if (value !== undefined) return new EgressError('USAGE', value, { hint: help, cause: error });
  if (unknown === undefined) {
    const [argument] = argumentsOf(error);
    if (typeof argument === 'string') return strayWord(typed, argument, error);
    const fact =
      argument === undefined ? firstFact(error) : `${argument.name.toUpperCase()} is missing: ${argument.description}`;
    return new EgressError('USAGE', fact, { hint: help, cause: error });
  }
  const name = unknown.split('=', 1)[0] ?? unknown;
  if (name === '--json' && typed === 'run') {
    return new EgressError('USAGE', 'egress run has no flag --json: stdout is the program’s', {
      hint: '--summary-file FILE writes the summary as JSON, beside the program’s output.',
      cause: error,
    });
  }
  const json = command.enableJsonFlag ? { json: true } : {};
  const known = Object.keys({ ...json, ...command.baseFlags, ...command.flags }).map((flag) => `--${flag}`);
  const meant = name.startsWith('--') ? suggestion(name, known) : undefined;
  return new EgressError('USAGE', `egress ${typed} has no flag ${printable(name, { max: 64 })}`, {
    hint: meant === undefined ? help : `${meant}\n${help}`,
    cause: error,
  });
}
