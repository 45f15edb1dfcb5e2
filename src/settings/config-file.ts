import type * as Fs from 'node:fs';
import { EgressError } from '../core/error.js';
import { suggestion } from '../core/suggestion.js';
import { DEFINITIONS, SETTING_NAMES } from './setting.js';
import { readYamlFile } from './yaml-file.js';

/** A config file's settings as text by key, each with the place it stands at. */
export type ConfigEntries = ReadonlyMap<string, { readonly text: string; readonly place: string }>;

const KEYS: readonly string[] = SETTING_NAMES.map((name) => DEFINITIONS[name].key);

/**
 * @throws SETTINGS_INVALID with file, line and column, for anything but known settings of the right type
 * @returns undefined if there is no such file
 */
export async function readConfigFile(path: string, fs: typeof Fs): Promise<ConfigEntries | undefined> {
  const file = await readYamlFile(path, fs, 'SETTINGS_INVALID');
  if (file === undefined) return undefined;
  const { value, places } = file;
  const { configSchema } = await import('./config-schema.js');
  const parsed = configSchema.safeParse(value);
  if (parsed.success) {
    const entries = Object.entries(parsed.data);
    return new Map(entries.map(([key, item]) => [key, { text: String(item), place: places.ofValue([key]) }]));
  }
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const hint = suggestion(key, KEYS) ?? `The settings are ${KEYS.join(', ')}.`;
    throw new EgressError('SETTINGS_INVALID', `${places.ofKey([], key)}: there is no setting ${key}`, { hint });
  }
  const at = issue?.path ?? [];
  const what = at.length === 0 ? 'the file' : String(at[0]);
  throw new EgressError('SETTINGS_INVALID', `${places.ofValue(at)}: ${what}: ${issue?.message ?? 'invalid'}`);
}
