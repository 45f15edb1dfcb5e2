/** Where a call may go: `host[:port|:*][/udp]`, `[v6]:port`, a range of addresses, or `unix:/path`. */
import { isIP } from '#platform';
import { parseAddressRange, type AddressRange } from './address.js';
import type { PolicyCall } from './call.js';
import { matchPath } from './glob.js';
import { matchesHost, parseHostPattern, type HostPattern } from './host-pattern.js';

interface NetworkDestination {
  readonly target: HostPattern | AddressRange;
  /** Undefined for any port. */
  readonly port: number | undefined;
  readonly transport: 'tcp' | 'udp';
}

interface UnixDestination {
  readonly unix: string;
}

export type Destination = (NetworkDestination | UnixDestination) & {
  /** As the policy has it. */
  readonly text: string;
};

/** `default`: what a destination without a port means. An allowed one is narrow, a denied or watched one is wide. */
export type PortDefault = 443 | 'any';

const SHAPE =
  /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*|[0-9a-f:]+\/[0-9]+|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*))(?::(?<port>\*|[0-9]{1,5}))?$/i;

/** @returns a sentence that says what is wrong, or the destination */
export function parseDestination(text: string, portDefault: PortDefault): Destination | string {
  if (text.startsWith('unix:')) {
    const unix = text.slice('unix:'.length);
    return unix.startsWith('/') || unix.startsWith('@')
      ? { text, unix }
      : 'unix: needs a whole path, as unix:/run/x.sock';
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'a destination has no scheme and no path: host:port';
  const isUdp = text.endsWith('/udp');
  const rest = text.replace(/\/(udp|tcp)$/, '');
  const shape = SHAPE.exec(rest)?.groups;
  const host = shape?.['v6'] ?? shape?.['name'];
  if (host === undefined || host === '') return 'not a destination: host, host:port, [v6]:port, a range or unix:/path';
  const target = isIP(host.split('/')[0] ?? '') === 0 ? parseHostPattern(host) : parseAddressRange(host);
  if (typeof target === 'string') return target;
  const port = parsePort(shape?.['port'], portDefault);
  if (typeof port === 'string') return port;
  return { text, target, port: port.number, transport: isUdp ? 'udp' : 'tcp' };
}

function parsePort(text: string | undefined, portDefault: PortDefault): { number: number | undefined } | string {
  if (text === '*') return { number: undefined };
  if (text === undefined) return { number: portDefault === 'any' ? undefined : portDefault };
  const number = Number(text);
  return number >= 1 && number <= 65_535 ? { number } : 'a port is a number from 1 to 65535';
}

/**
 * A name is compared with what the program asked for; a range with the address that was reached. A look-up of a name
 * is on the way to it, whatever the port.
 */
export function matchesDestination(destination: Destination, call: PolicyCall): boolean {
  if ('unix' in destination) return call.transport === 'unix' && matchPath(destination.unix, call.host ?? '');
  if (call.transport === 'unix') return false;
  const { target, port, transport } = destination;
  if (call.isLookup) return target.kind === 'host' && leadsTo(target, call);
  return transport === call.transport && (port === undefined || port === call.port) && leadsTo(target, call);
}

/** Whether it is the call's destination but for port and transport. */
export function isSameHost(destination: Destination, call: PolicyCall): boolean {
  return 'target' in destination && call.transport !== 'unix' && leadsTo(destination.target, call);
}

function leadsTo(target: NetworkDestination['target'], { host, address }: PolicyCall): boolean {
  if (target.kind === 'host') return host !== undefined && matchesHost(target, host);
  const reached = address ?? host;
  return reached !== undefined && target.contains(reached);
}
