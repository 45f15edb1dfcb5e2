import { suggestion } from '../core/suggestion.js';
import { DEFINITIONS, SETTING_NAMES } from './setting.js';

/** Variables that people set beside those of the settings; `egress help environment` lists all of them. */
export const OTHER_VARIABLES = [
  'EGRESS_CONFIG',
  'EGRESS_DEBUG',
  'EGRESS_KEYRING',
  'EGRESS_KEYS',
  'EGRESS_PASSPHRASE_FD',
  'EGRESS_PASSPHRASE_FILE',
];

/** Those that `egress run` sets, for the program and for itself. */
const OWN_VARIABLES = ['EGRESS_HOOKS', 'EGRESS_PROGRAM_NODE_OPTIONS', 'EGRESS_SOCKET', 'EGRESS_START', 'EGRESS_TOKEN'];

/** A variable that looks like one of ours and is none: most likely mistyped, and without effect. */
export interface StrayVariable {
  readonly name: string;
  readonly suggestion?: string;
}

export function strayVariables(env: Readonly<Record<string, string | undefined>>): readonly StrayVariable[] {
  const known = [...SETTING_NAMES.map((name) => DEFINITIONS[name].env), ...OTHER_VARIABLES, ...OWN_VARIABLES];
  const strays = Object.keys(env).filter((name) => name.startsWith('EGRESS_') && !known.includes(name));
  return strays.sort().map((name) => {
    const meant = suggestion(name, known);
    return { name, ...(meant === undefined ? {} : { suggestion: meant }) };
  });
}
