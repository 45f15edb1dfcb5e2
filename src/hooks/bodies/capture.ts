/**
 * Whether bodies are to be handed over, as the recorder orders it. Until the first order none of the patches that see
 * bodies is installed: a program whose bodies nobody captures pays nothing for them.
 */
import { BODY_BYTES_MAX, CAPTURE_HOSTS_MAX } from '../../core/limits.js';
import { matchesWildcard } from '../../core/wildcard.js';
import type { CaptureOrder, Direction } from '../../event/frame.js';
import { attempt } from '../patch.js';
import { isArray } from '../primordials.js';

let current: CaptureOrder | undefined;
/** Counts the times that capture was switched on. */
let switchedOn = 0;
let pending: (() => void)[] | undefined = [];

export function captureOrder(): CaptureOrder | undefined {
  return current;
}

/**
 * 0 while capture is off. A call is captured only while this is what it was when the call began: of a body whose
 * beginning, or middle, went by unseen, nothing is kept.
 */
export function captureEpoch(): number {
  return current === undefined ? 0 : switchedOn;
}

/** Installs a patch that sees bodies: now, if bodies were ever ordered, else when they first are. */
export function whenCapturing(install: () => void): void {
  if (pending === undefined) attempt('bodies', install);
  else pending.push(install);
}

export function setCapture(order: CaptureOrder | undefined): void {
  if (current === undefined && order !== undefined) switchedOn += 1;
  current = order;
  if (order === undefined || pending === undefined) return;
  const installs = pending;
  pending = undefined;
  for (const install of installs) attempt('bodies', install);
}

/** An order as the recorder sends it; undefined for anything else, which is an order to stop. */
export function readOrder(value: unknown): CaptureOrder | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { bytesMax, hosts } = value as { bytesMax?: unknown; hosts?: unknown };
  if (typeof bytesMax !== 'number' || !(bytesMax > 0) || bytesMax > BODY_BYTES_MAX) return undefined;
  if (!isArray(hosts) || hosts.length > CAPTURE_HOSTS_MAX) return undefined;
  if (!hosts.every((host): host is string => typeof host === 'string')) return undefined;
  return { bytesMax, hosts };
}

/** Whether the bodies of a call to `host` were ordered; inbound calls have none, and only an order for all is theirs. */
export function isOrdered({ hosts }: CaptureOrder, dir: Direction, host: unknown): boolean {
  if (hosts.length === 0) return true;
  if (dir === 'ingress' || typeof host !== 'string') return false;
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return hosts.some((pattern) => matchesWildcard(pattern, bare));
}
