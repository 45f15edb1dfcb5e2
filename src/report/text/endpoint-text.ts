import { domainToASCII } from '#platform';
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';

// eslint-disable-next-line no-control-regex -- the range is meant: everything that is ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** A host as recorded; one that is not ASCII is followed by its punycode, since letters of other scripts look alike. */
export function hostText(host: string): string {
  const shown = printable(host, { max: 255 });
  if (ASCII.test(host)) return shown;
  const ascii = domainToASCII(host);
  return `${shown} (${ascii === '' ? 'not a host name' : printable(ascii, { max: 255 })})`;
}

/** `host:port`, `[v6]:port`, `unix:/path`; whatever of it is known, else `?`. */
export function endpointText(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return port === undefined ? '?' : `:${port}`;
  if (host.startsWith('/')) return `unix:${hostText(host)}`;
  const shown = host.includes(':') ? `[${hostText(host)}]` : hostText(host);
  return port === undefined ? shown : `${shown}:${port}`;
}

/** What a call was about, in one piece: where to, and the path; for an inbound call the local port and who called. */
export function targetText(view: RecordView): string {
  const question = view.text('dns', 'question', 'name');
  if (question !== undefined) {
    const type = view.text('dns', 'question', 'type');
    return type === undefined ? hostText(question) : `${hostText(question)} ${printable(type, { max: 16 })}`;
  }
  const path = printable(view.text('url', 'path') ?? '');
  const peer = view.text('network', 'peer', 'address');
  if (view.text('network', 'direction') === 'ingress') {
    const from = peer === undefined ? '' : ` from ${hostText(peer)}`;
    return `${endpointText(undefined, view.integer('network', 'local', 'port'))}${path}${from}`;
  }
  const host = view.text('server', 'address') ?? peer;
  const port = view.integer('server', 'port') ?? view.integer('network', 'peer', 'port');
  return `${endpointText(host, port)}${path}`;
}
