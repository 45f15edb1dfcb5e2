/** Outbound traffic by destination and package, for the summary at the end of a run. */
import type { NetRecord } from '../event/net-record.js';

/** Destinations that are kept apart; the rest is counted together. */
const DESTINATIONS_MAX = 2_048;

export interface Destination {
  /** As named by the program: host, address or socket path. Hostile text. */
  readonly host: string;
  readonly port: number | undefined;
  /** The application protocol over a bare connection where it is known, else the channel. */
  readonly protocol: string;
  readonly packageName: string | undefined;
  /** File name of a program that has no packages. Hostile text. */
  readonly program: string | undefined;
  calls: number;
  failed: number;
  sentBytes: number;
}

/** `smtp` says more than `tcp`; of an HTTP call the channel says by which interface it was made. */
function protocolOf({ network, egress }: NetRecord): string {
  const isBare = egress.channel === 'tcp' || egress.channel === 'tls';
  return (isBare ? network.protocol : undefined) ?? egress.channel;
}

export class TrafficTally {
  readonly #destinations = new Map<string, Destination>();
  inbound = 0;
  outbound = 0;
  /** Outbound calls to destinations beyond the limit. */
  others = 0;

  add(record: NetRecord): void {
    if (record.network.direction === 'ingress') {
      this.inbound += 1;
      return;
    }
    this.outbound += 1;
    const protocol = protocolOf(record);
    const host = record.server?.address ?? record.network.peer?.address ?? record.dns?.question.name ?? '?';
    const port = record.server?.port ?? record.network.peer?.port;
    const packageName = record.package?.name;
    const program = record.process?.name;
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
    if (record.event.outcome === 'failure') destination.failed += 1;
    destination.sentBytes += record.http?.request?.bytes ?? record.egress.sent ?? 0;
  }

  /** Most calls first. */
  destinations(): Destination[] {
    return [...this.#destinations.values()].sort((a, b) => b.calls - a.calls || b.sentBytes - a.sentBytes);
  }
}
