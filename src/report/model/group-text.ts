/** The names of groups, safe to print. */
import { printable } from '../../core/printable.js';
import { endpointText } from '../text/endpoint-text.js';
import { timeText } from '../text/time-text.js';
import type { Group } from './groups.js';

const REST_TEXT = 'others, not told apart';

/** `smtp` says more than `tcp`; of an HTTP call the channel says by which interface it was made. */
function protocolText({ channel = '?', protocol }: Group): string {
  return printable(channel === 'tcp' || channel === 'tls' ? (protocol ?? channel) : channel, { max: 16 });
}

export function destinationText(group: Group): string {
  if (group.isRest) return REST_TEXT;
  const where = endpointText(group.host, group.port);
  return group.channel === undefined ? where : `${where} ${protocolText(group)}`;
}

/** Who called, and at which port of ours. */
export function inboundText(group: Group): string {
  const { host, port, isRest } = group;
  if (isRest) return REST_TEXT;
  const at = port === undefined ? '' : ` at :${port}`;
  return `${endpointText(host, undefined)}${at} ${protocolText(group)}`;
}

/** The package; a program without packages in brackets, behind the package that started it. */
export function packageText(group: Pick<Group, 'package' | 'program' | 'version' | 'isRest'>): string {
  if (group.isRest) return REST_TEXT;
  const program = group.program === undefined ? undefined : `[${printable(group.program, { max: 212 })}]`;
  if (group.package === undefined) return program ?? 'not attributed';
  const name = printable(group.package, { max: 214 });
  const named = group.version === undefined ? name : `${name} ${printable(group.version, { max: 64 })}`;
  return program === undefined ? named : `${named} ${program}`;
}

/** `a 1.2.0 → b 3.0.0`, from a dependency of the project inwards. @param askedBy `name@version` each */
export function dependentsText(askedBy: readonly string[]): string {
  if (askedBy.length === 0) return 'the project itself';
  // The last @ is not the one of a scope.
  return askedBy.map((name) => printable(name.replace(/(?<=.)@(?=[^@]*$)/, ' '), { max: 214 })).join(' → ');
}

/** `event-stream 3.3.6 → flatmap-stream 0.1.1`: who asked for the package, and the package. Undefined if nobody knows. */
export function askedByText(group: Group): string | undefined {
  const { askedBy } = group;
  return askedBy === undefined ? undefined : `${dependentsText(askedBy)} → ${packageText(group)}`;
}

/** `2026-10-20 12:00Z`, or the day. */
export function bucketText({ time, isRest }: Group): string {
  if (isRest || time === undefined) return REST_TEXT;
  if (!/^\d{4}-\d\d-\d\d(T\d\d)?$/.test(time)) return '?';
  return time.length === 13 ? `${time.slice(0, 10)} ${time.slice(11)}:00Z` : time;
}

/** To the second. */
export function momentText(timestamp: string): string {
  return timeText(timestamp, false).replace(/\.[0-9]+Z$/, 'Z');
}

/** A share as a bar of at most `width` cells; anything that is not nothing shows. */
export function barText(value: number, most: number, width: number, cell: string): string {
  if (value <= 0 || most <= 0) return '';
  return cell.repeat(Math.max(1, Math.round((value / most) * width)));
}
