/** What every reader of a call wants to know of it, whatever layer recorded it. */
import type { RecordView } from '../../event/record-view.js';

/** Bytes by their direction as seen from the program; undefined where it is not known. */
export interface CallBytes {
  readonly sent: number | undefined;
  readonly received: number | undefined;
}

/**
 * Bytes of the connection where they were counted, else those of the HTTP exchange.
 * @param end the `net.end` of a call that was open when its row was written; what it says goes first
 * @param isInbound direction of the call, where `view` does not say it
 */
export function bytesOf(view: RecordView, end?: RecordView, isInbound = isInboundCall(view)): CallBytes {
  const find = (...path: readonly string[]): number | undefined => end?.integer(...path) ?? view.integer(...path);
  const request = find('http', 'request', 'bytes');
  const response = find('http', 'response', 'bytes');
  return {
    sent: find('egress', 'sent') ?? (isInbound ? response : request),
    received: find('egress', 'received') ?? (isInbound ? request : response),
  };
}

export function isInboundCall(view: RecordView): boolean {
  return view.text('network', 'direction') === 'ingress';
}

/** Host and port of the other end as a reader groups calls by it; for an inbound call who called, and our port. */
export function destinationOf(view: RecordView): { readonly host?: string; readonly port?: number } {
  const question = view.text('dns', 'question', 'name');
  if (question !== undefined) return { host: question };
  const peer = view.text('network', 'peer', 'address');
  const isInbound = isInboundCall(view);
  const host = isInbound ? peer : (view.text('server', 'address') ?? peer);
  const port = isInbound
    ? view.integer('network', 'local', 'port')
    : (view.integer('server', 'port') ?? view.integer('network', 'peer', 'port'));
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
}
