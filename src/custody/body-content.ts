/** An opened body as somebody reads it: its bytes, or the messages of a WebSocket, a line of JSON each. */
import { printableJson } from '../core/printable.js';
import type { BodySender } from '../event/officer-record.js';
import type { RecordView } from '../event/record-view.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import { senderOf } from '../report/text/body-text.js';
import { findBody } from './body-record.js';
import type { OpenedBody } from './opened-body.js';
import { webSocketMessages, type WebSocketMessage } from './websocket-messages.js';

export interface BodyContent {
  readonly form: 'bytes' | 'messages';
  /** Made one after the other: together they may be many times the body. */
  readonly pieces: Iterable<Uint8Array>;
}

/** @throws what reading the journal throws */
export function bodyContent(layout: JournalLayout, { bytes, intent }: OpenedBody): BodyContent {
  const body = storedBody(layout, intent.body);
  if (body.text('body', 'protocol') !== 'websocket') return { form: 'bytes', pieces: [bytes] };
  return { form: 'messages', pieces: messageLines(bytes, senderOf(body.text('body', 'part'))) };
}

/** The `body.stored`, also of a reader's copy. */
function storedBody(layout: JournalLayout, seq: number): RecordView {
  const { view } = findBody(layout, seq);
  return view.kind === 'grant.add' ? findBody(layout, view.integer('statement', 'body') ?? 0).view : view;
}

function* messageLines(bytes: Uint8Array, from: BodySender): Generator<Uint8Array> {
  for (const message of webSocketMessages(bytes)) {
    const { at, type, code, why, isCompressed, isCut } = message;
    const line = {
      ...{ at, from, type },
      ...(code === undefined ? {} : { code }),
      ...contentOf(message),
      ...(isCompressed === undefined ? {} : { compressed: true }),
      ...(isCut === undefined ? {} : { cut: true }),
      ...(why === undefined ? {} : { why }),
    };
    yield Buffer.from(`${printableJson(JSON.stringify(line))}\n`);
  }
}

/** Text where it is text; else base64, which loses nothing. */
function contentOf({ type, bytes, isCut }: WebSocketMessage): { text: string } | { base64: string } {
  if (type === 'text' || type === 'close') {
    try {
      return {
        text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut === true }),
      };
    } catch {
      // Not UTF-8, which a message of text has to be.
    }
  }
  return { base64: Buffer.from(bytes).toString('base64') };
}
