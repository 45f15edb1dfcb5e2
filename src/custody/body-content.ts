/** An opened body as somebody reads it: its bytes, or the messages of a WebSocket, a line of JSON each. */
import { EgressError } from '../core/error.js';
import { printableJson } from '../core/printable.js';
import type { RecordView } from '../event/record-view.js';
import type { JournalLayout } from '../journal/layout.js';
import { findRecord } from '../report/stored/record-context.js';
import { findBody } from './body-record.js';
import type { OpenedBody } from './opened-body.js';
import { webSocketMessages, type WebSocketMessage } from './websocket-messages.js';

export interface BodyContent {
  readonly form: 'bytes' | 'messages';
  /** Made one after the other: together they may be many times the body. */
  readonly pieces: Iterable<Uint8Array>;
}

const SWITCHING_PROTOCOLS = 101;

/** @throws what reading the journal throws */
export function bodyContent(layout: JournalLayout, { bytes, intent }: OpenedBody): BodyContent {
  const from = webSocketEnd(layout, storedBody(layout, intent.body));
  if (from === undefined) return { form: 'bytes', pieces: [bytes] };
  return { form: 'messages', pieces: messageLines(bytes, from) };
}

/** The `body.stored`, also of a reader's copy. */
function storedBody(layout: JournalLayout, seq: number): RecordView {
  const { view } = findBody(layout, seq);
  return view.kind === 'grant.add' ? findBody(layout, view.integer('statement', 'body') ?? 0).view : view;
}

/** Who sent it, if it went over a WebSocket. */
function webSocketEnd(layout: JournalLayout, body: RecordView): 'client' | 'server' | undefined {
  const row = rowOf(layout, body.integer('body', 'net') ?? 0);
  const status = [row?.view, row?.end].map((view) => view?.integer('http', 'response', 'status_code'));
  const isRefused = status.some((code) => code !== undefined && code !== SWITCHING_PROTOCOLS);
  if (row?.view.text('egress', 'channel') !== 'ws' || isRefused) return undefined;
  return body.text('body', 'part') === 'request' ? 'client' : 'server';
}

/** A journal of bodies alone may come without its rows: then the bytes are what there is. */
function rowOf(layout: JournalLayout, seq: number): ReturnType<typeof findRecord> | undefined {
  try {
    return findRecord(layout.directory, seq);
  } catch (error) {
    if (error instanceof EgressError && error.code === 'RECORD_NOT_FOUND') return undefined;
    throw error;
  }
}

function* messageLines(bytes: Uint8Array, from: 'client' | 'server'): Generator<Uint8Array> {
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
