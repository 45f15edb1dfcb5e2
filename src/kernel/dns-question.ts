/** The first question of a DNS query (RFC 1035, section 4.1), read from a datagram that a program is about to send. */

export interface DnsQuestion {
  /** As it stands in the packet, in lower case, without the final dot. Hostile text. */
  readonly name: string;
  readonly type: string;
}

const HEADER_BYTES = 12;
const LABEL_BYTES_MAX = 63;
const NAME_CHARS_MAX = 254;

const TYPES: Readonly<Record<number, string>> = {
  ...{ 1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA', 33: 'SRV' },
  ...{ 35: 'NAPTR', 64: 'SVCB', 65: 'HTTPS', 255: 'ANY', 257: 'CAA' },
};

/** @returns undefined for anything that is not a query with one plain question */
export function decodeDnsQuestion(packet: Uint8Array): DnsQuestion | undefined {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  if (view.length < HEADER_BYTES + 5) return undefined;
  const isResponse = (view.readUInt16BE(2) & 0x8000) !== 0;
  if (isResponse || view.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  let length = 0;
  for (;;) {
    const size = view[at];
    // A compressed name has nothing to point at in a question that comes first.
    if (size === undefined || size > LABEL_BYTES_MAX) return undefined;
    at += 1;
    if (size === 0) break;
    length += size + 1;
    if (at + size > view.length || length > NAME_CHARS_MAX) return undefined;
    labels.push(view.toString('latin1', at, at + size));
    at += size;
  }
  if (at + 4 > view.length || labels.length === 0) return undefined;
  const type = view.readUInt16BE(at);
  return { name: labels.join('.').toLowerCase(), type: TYPES[type] ?? `TYPE${type}` };
}
