/** What the observed program's environment gets: NODE_OPTIONS with the preload, and three EGRESS_ variables. */
import { ENV_HOOKS, ENV_SOCKET, ENV_START, ENV_TOKEN, type HookSettings } from '../../event/frame.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's own NODE_OPTIONS, set aside by bin/run.js so that it does not load into egress. */
const ENV_SET_ASIDE = 'EGRESS_PROGRAM_NODE_OPTIONS';

const PERMISSION_FLAG = /(^|\s)--(experimental-)?permission(?=\s|$)/;

/** Double quotes and backslashes are what NODE_OPTIONS unescapes inside quotes. */
function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * NODE_OPTIONS for the program: ours first, then what was there, unchanged.
 * Under the permission model a preload that may not be read kills the program before our code runs, so reading it is
 * allowed; nothing else is.
 */
export function nodeOptions(preload: string, inherited: string | undefined, args: readonly string[]): string {
  const options = [`--require ${quote(preload)}`];
  if (PERMISSION_FLAG.test(inherited ?? '') || args.some((arg) => PERMISSION_FLAG.test(arg))) {
    options.push(`--allow-fs-read=${quote(preload)}`);
  }
  if (inherited !== undefined && inherited !== '') options.push(inherited);
  return options.join(' ');
}

export interface HookChannel {
  readonly preload: string;
  readonly socket: string;
  readonly token: string;
  readonly settings: HookSettings;
}

/** @param args the program's arguments, searched for the permission flag only */
export function programEnvironment(inherited: Environment, args: readonly string[], channel: HookChannel): Environment {
  const { [ENV_SET_ASIDE]: setAside, ...rest } = inherited;
  return {
    ...rest,
    NODE_OPTIONS: nodeOptions(channel.preload, setAside ?? inherited['NODE_OPTIONS'], args),
    [ENV_SOCKET]: channel.socket,
    [ENV_TOKEN]: channel.token,
    [ENV_HOOKS]: JSON.stringify(channel.settings),
    // Of an earlier run, which nobody here knows.
    [ENV_START]: undefined,
  };
}

/** The environment as it was before egress, for a program that is not recorded. */
export function untouchedEnvironment(inherited: Environment): Environment {
  const { [ENV_SET_ASIDE]: setAside, ...rest } = inherited;
  return setAside === undefined ? rest : { ...rest, NODE_OPTIONS: setAside };
}
