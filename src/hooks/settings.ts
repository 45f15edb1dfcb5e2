/** What the recorder told this process through the environment. */
import { CHANNELS, ENV_HOOKS, ENV_SOCKET, ENV_TOKEN } from '../event/frame.js';
import type { CaptureOrder, Channel, HookSettings } from '../event/frame.js';
import { readOrder } from './bodies/capture.js';
import { stringify } from './primordials.js';

export interface Environment extends HookSettings {
  readonly socket: string;
  readonly token: string;
  /** The three variables as they were at start, to be handed to children whatever the program does to its own. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** What children are told of capture. */
  setCapture(order: CaptureOrder | undefined): void;
}

const FINGERPRINT_BYTES_MAX = 64 * 1024 * 1024;

function parseHooks(text: string | undefined): HookSettings {
  let value: Partial<Record<keyof HookSettings, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) value = parsed;
  } catch {
    // The program may have mangled its environment; the defaults record and mask.
  }
  const strings = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
  const bytes = value.fingerprintBytesMax;
  const capture = readOrder(value.capture);
  return {
    disabled: strings(value.disabled).filter((name): name is Channel => (CHANNELS as readonly string[]).includes(name)),
    strict: value.strict === true,
    safeHeaders: strings(value.safeHeaders),
    fingerprintBytesMax:
      typeof bytes === 'number' && bytes >= 0 && bytes <= FINGERPRINT_BYTES_MAX ? Math.floor(bytes) : 0,
    ...(capture === undefined ? {} : { capture }),
  };
}

/** Undefined outside of a run: then the hooks do nothing at all. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment | undefined {
  const socket = env[ENV_SOCKET];
  const token = env[ENV_TOKEN];
  if (socket === undefined || socket === '' || token === undefined) return undefined;
  const hooks = env[ENV_HOOKS];
  const variables: [string, string][] = [
    [ENV_SOCKET, socket],
    [ENV_TOKEN, token],
  ];
  const settings = parseHooks(hooks);
  if (hooks !== undefined) variables.push([ENV_HOOKS, hooks]);
  return {
    ...settings,
    socket,
    token,
    variables,
    setCapture(order): void {
      const entry = variables.find(([name]) => name === ENV_HOOKS);
      if (entry !== undefined) entry[1] = stringify({ ...settings, capture: order });
    },
  };
}
