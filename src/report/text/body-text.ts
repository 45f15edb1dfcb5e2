/** What a stored body is, to somebody who is told of it: a message's body, or one direction of a WebSocket. */
import type { BodySender } from '../../event/officer-record.js';
import { printable } from '../../core/printable.js';

/** @param part as a record states it, which may be anything */
export const senderOf = (part: string | undefined): BodySender => (part === 'request' ? 'client' : 'server');

const isWebSocket = (protocol: string | undefined): boolean => protocol === 'websocket';

/** `request`, `response`; of a WebSocket `client messages`, `server messages`. */
export function bodyPartText(part: string | undefined, protocol: string | undefined): string {
  if (isWebSocket(protocol)) return `${senderOf(part)} messages`;
  return printable(part ?? '?', { max: 16 });
}

/** The same within a sentence: `request body`, `client messages`. */
export function bodyNoun(part: string | undefined, protocol: string | undefined): string {
  return `${bodyPartText(part, protocol)}${isWebSocket(protocol) ? '' : ' body'}`;
}
