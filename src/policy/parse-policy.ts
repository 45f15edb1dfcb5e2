/** From a policy file, and what it extends, to a policy. */
import path from 'node:path';
import type * as Fs from 'node:fs';
import { EgressError } from '../core/error.js';
import { suggestion } from '../core/suggestion.js';
import { parseYaml, readYamlFile } from '../settings/yaml-file.js';
import { BUILT_IN, BUILT_IN_PREFIX, EXPECT_NONE } from './built-in.js';
import type { Policy } from './policy.js';
import { checked, invalid, list, resolve, type Checkable, type Source } from './resolve-policy.js';

const EXTENDS_DEPTH_MAX = 8;
const FILES_MAX = 64;

/**
 * Reads a policy and all that it extends.
 * @param shown its name in errors and verdicts
 * @throws POLICY_INVALID, with file, line and column; POLICY_MISSING
 */
export async function loadPolicy(file: string, fs: typeof Fs, shown = file): Promise<Policy> {
  const sources: Source[] = [];
  await collect(path.resolve(file), shown, fs, sources, []);
  return resolve(shown, sources);
}

/** The policy of `--expect none`: anything but this machine is unexpected. */
export function expectNone(): Policy {
  return resolve('--expect none', [{ file: EXPECT_NONE, place: () => '--expect none' }]);
}

/**
 * A policy without `extends`, from text.
 * @throws POLICY_INVALID
 */
export async function parsePolicy(name: string, text: string): Promise<Policy> {
  return resolve(name, [await load(await parseYaml(name, text, 'POLICY_INVALID'))]);
}

async function collect(
  file: string,
  shown: string,
  fs: typeof Fs,
  sources: Source[],
  above: readonly string[],
): Promise<void> {
  if (above.includes(file))
    throw invalid(shown, `extends itself: ${[...above, file].map((name) => path.basename(name)).join(' → ')}`);
  if (above.length > EXTENDS_DEPTH_MAX || sources.length >= FILES_MAX) throw invalid(shown, 'extends too many files');
  const yaml = await readYamlFile(file, fs, 'POLICY_INVALID', shown);
  if (yaml === undefined) {
    throw new EgressError('POLICY_MISSING', `there is no policy ${shown}`, {
      hint: 'egress policy learn JOURNAL writes a first one from what was recorded.',
    });
  }
  const source = await load(yaml);
  for (const [at, name] of list(source.file.extends).entries()) {
    const place = source.place(['extends', at]);
    if (name.startsWith(BUILT_IN_PREFIX)) sources.push(builtIn(name, place));
    else await collect(path.resolve(path.dirname(file), name), beside(shown, name), fs, sources, [...above, file]);
  }
  sources.push(source);
}

/** What a file is called that another one names. */
function beside(file: string, name: string): string {
  return path.isAbsolute(name) ? name : path.join(path.dirname(file), name);
}

function builtIn(name: string, place: string): Source {
  const file = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (file !== undefined) return { file, place: () => name };
  const known = Object.keys(BUILT_IN);
  throw invalid(
    place,
    `there is no built-in policy ${name}`,
    suggestion(name, known) ?? `There are ${known.join(', ')}.`,
  );
}

async function load(yaml: Checkable): Promise<Source> {
  const { policySchema } = await import('./policy-schema.js');
  return checked(policySchema, yaml);
}
