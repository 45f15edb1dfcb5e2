/** Outbound traffic by destination and package, for the summary at the end of a run. */
import { HOST_CHARS_MAX, PROTOCOL_CHARS_MAX } from '../core/limits.js';
import type { Destination } from '../core/run-outcome.js';
import type { CallFrame } from '../event/frame.js';
import type { NetRecord } from '../event/net-record.js';
import { cap } from '../event/redaction.js';

/** Destinations that are kept apart; the rest is counted together. */
const DESTINATIONS_MAX = 2_048;

type Tallied = { -readonly [Name in keyof Destination]: Destination[Name] };

/** One call, as far as the summary goes. */
export interface Traffic extends Omit<Destination, 'calls' | 'failed'> {
  readonly isInbound: boolean;
  readonly hasFailed: boolean;
}

/** `smtp` says more than `tcp`; of an HTTP call the channel says by which interface it was made. */
function protocolOf(channel: string, protocol: string | undefined): string {
  return channel === 'tcp' || channel === 'tls' ? (protocol ?? channel) : channel;
}

export function frameTraffic(frame: CallFrame, packageName: string | undefined, program: string | undefined): Traffic {
  const { dir, ch, proto, host, ip, q, port, pport, outcome, sent } = frame;
  return {
    isInbound: dir === 'ingress',
    host: cap(host ?? ip ?? q ?? '?', HOST_CHARS_MAX),
    port: port ?? pport,
    protocol: cap(protocolOf(ch, proto), PROTOCOL_CHARS_MAX),
    packageName,
    program,
    hasFailed: outcome === 'failure',
    sentBytes: sent ?? 0,
  };
}

export function recordTraffic({ network, server, dns, package: culprit, process, event, egress }: NetRecord): Traffic {
  return {
    isInbound: network.direction === 'ingress',
    host: server?.address ?? network.peer?.address ?? dns?.question.name ?? '?',
    port: server?.port ?? network.peer?.port,
    protocol: protocolOf(egress.channel, network.protocol),
    packageName: culprit?.name,
    program: process?.name,
    hasFailed: event.outcome === 'failure',
    sentBytes: egress.sent ?? 0,
  };
}

export class TrafficTally {
  readonly #destinations = new Map<string, Tallied>();
  inbound = 0;
  outbound = 0;
  /** Outbound calls to destinations beyond the limit. */
  others = 0;

  add({ isInbound, host, port, protocol, packageName, program, hasFailed, sentBytes }: Traffic): void {
    if (isInbound) {
      this.inbound += 1;
      return;
    }
    this.outbound += 1;
    const key = `${protocol}\0${host}\0${port ?? ''}\0${packageName ?? ''}\0${program ?? ''}`;
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      if (this.#destinations.size >= DESTINATIONS_MAX) {
        this.others += 1;
        return;
      }
      destination = { host, port, protocol, packageName, program, calls: 0, failed: 0, sentBytes: 0 };
      this.#destinations.set(key, destination);
    }
    destination.calls += 1;
    if (hasFailed) destination.failed += 1;
    destination.sentBytes += sentBytes;
  }

  /** Most calls first. */
  destinations(): readonly Destination[] {
    return [...this.#destinations.values()].sort((a, b) => b.calls - a.calls || b.sentBytes - a.sentBytes);
  }
}
