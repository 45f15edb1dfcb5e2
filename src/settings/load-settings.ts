import * as nodeFs from 'node:fs';
import path from 'node:path';
import { EgressError } from '../core/error.js';
import { readConfigFile, type ConfigEntries } from './config-file.js';
import { DEFINITIONS, SETTING_NAMES, type Definition, type SettingName, type SettingValues } from './setting.js';

const PROJECT_CONFIG = 'egress.config.yaml';

type Origin = 'flag' | 'env' | 'config' | 'default';

interface Setting<T> {
  readonly value: T;
  readonly from: Origin;
  /** The flag, the variable, or the file with line and column; absent for a default. */
  readonly place?: string;
}

export type Settings = { readonly [N in SettingName]: Setting<SettingValues[N]> };

export interface SettingsSources {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Texts of the flags that were given. */
  readonly flags?: Readonly<Partial<Record<SettingName, string | undefined>>>;
  /** A file to read instead of the project's and the user's config (`--config`, EGRESS_CONFIG). */
  readonly config?: string | undefined;
  readonly fs?: typeof nodeFs;
}

interface Config {
  readonly file: string;
  readonly entries: ConfigEntries;
}

/** By the XDG Base Directory Specification 0.8: a relative XDG_CONFIG_HOME is to be ignored. */
function userConfigPath(env: SettingsSources['env']): string | undefined {
  const base = env['XDG_CONFIG_HOME'];
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'egress', 'config.yaml');
  const home = env['HOME'];
  return home !== undefined && path.isAbsolute(home) ? path.join(home, '.config', 'egress', 'config.yaml') : undefined;
}

/** Config files that exist, the one that rules first. */
async function readConfigs({ cwd, env, config, fs = nodeFs }: SettingsSources): Promise<Config[]> {
  const named = config ?? (env['EGRESS_CONFIG'] === '' ? undefined : env['EGRESS_CONFIG']);
  const candidates = named === undefined ? [PROJECT_CONFIG, userConfigPath(env)] : [named];
  const configs: Config[] = [];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const entries = await readConfigFile(path.resolve(cwd, candidate), fs);
    if (entries !== undefined) configs.push({ file: path.resolve(cwd, candidate), entries });
    else if (named !== undefined) throw new EgressError('SETTINGS_INVALID', `there is no config file ${named}`);
  }
  return configs;
}

/** A journal named in a config file lies beside that file, wherever the command is started. */
function fromConfig(name: SettingName, text: string, file: string, cwd: string): string {
  if (name !== 'journal' || path.isAbsolute(text) || path.dirname(file) === cwd) return text;
  return path.resolve(path.dirname(file), text);
}

function resolveSetting<N extends SettingName>(
  name: N,
  sources: SettingsSources,
  configs: readonly Config[],
): Setting<SettingValues[N]> {
  const { key, env, fallback, parse } = DEFINITIONS[name];
  const read = (text: string, from: Origin, place: string): Setting<SettingValues[N]> => {
    try {
      return { value: parse(text), from, place };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EgressError(from === 'flag' ? 'USAGE' : 'SETTINGS_INVALID', `${place}: ${key}: ${reason}`, {
        cause: error,
      });
    }
  };
  const flag = sources.flags?.[name];
  if (flag !== undefined) return read(flag, 'flag', `--${key.replaceAll('_', '-')}`);
  const variable = sources.env[env];
  if (variable !== undefined && variable !== '') return read(variable, 'env', env);
  for (const { file, entries } of configs) {
    const entry = entries.get(key);
    if (entry !== undefined) return read(fromConfig(name, entry.text, file, sources.cwd), 'config', entry.place);
  }
  return { value: fallback, from: 'default' };
}

/**
 * Each setting from the first source that names it: flag, EGRESS_ variable, the project's config file, the user's,
 * default.
 * @throws SETTINGS_INVALID, USAGE (a flag)
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const configs = await readConfigs(sources);
  const settings = SETTING_NAMES.map((name) => [name, resolveSetting(name, sources, configs)]);
  return Object.fromEntries(settings) as Settings;
}

/** The settings as `run.open` records them: key, value as text, origin. */
export function settingTriples(settings: Settings): (readonly [name: string, value: string, from: string])[] {
  return SETTING_NAMES.map((name) => {
    const { key, format } = DEFINITIONS[name] as Definition<unknown>;
    return [key, format(settings[name].value), settings[name].from];
  });
}
