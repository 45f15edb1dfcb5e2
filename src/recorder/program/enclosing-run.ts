import { lstatSync } from 'node:fs';
import { ENV_SOCKET, ENV_TOKEN } from '../../event/frame.js';

/**
 * The hook socket of a run that this process is part of: its program reports there already, and two recorders of the
 * same calls would only disagree.
 * @returns undefined outside a run, and when that run is over
 */
export function enclosingRun(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { [ENV_SOCKET]: socket, [ENV_TOKEN]: token } = env;
  if (socket === undefined || token === undefined) return undefined;
  return lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true ? socket : undefined;
}
