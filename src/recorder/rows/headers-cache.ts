/** Header lists, masked once more. Equal lists of different threads are one, so that a segment declares them once. */
import { HEADER_FIELDS_MAX, HEADERS_PER_THREAD_MAX } from '../../core/limits.js';
import type { HeadersFrame, HookSettings } from '../../event/frame.js';
import { maskHeaders } from '../../event/redaction.js';
import type { HeadersDetail } from './segment-ledger.js';

/** JSON bytes of both lists together, so that their record stays within one line. */
const BYTES_MAX = 32_768;

type Fields = HeadersDetail['request'];

/** As many fields as fit. */
function fitting(fields: Fields, bytesMax: number): Fields {
  let bytes = 0;
  const end = fields.findIndex((field) => {
    bytes += Buffer.byteLength(JSON.stringify(field)) + 1;
    return bytes > bytesMax;
  });
  return end < 0 ? fields : fields.slice(0, end);
}

export class HeadersCache {
  readonly #strict: boolean;
  readonly #safeHeaders: ReadonlySet<string>;
  readonly #lists = new Map<string, HeadersDetail>();

  constructor({ strict, safeHeaders }: HookSettings) {
    this.#strict = strict;
    this.#safeHeaders = new Set(safeHeaders);
  }

  get(frame: HeadersFrame): HeadersDetail {
    const request = fitting(this.#mask(frame.request), BYTES_MAX / 2);
    const response = fitting(this.#mask(frame.response), BYTES_MAX / 2);
    const cut = frame.request.length - request.length + (frame.response.length - response.length);
    const detail = cut > 0 ? { request, response, cut } : { request, response };
    const key = JSON.stringify(detail);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    if (this.#lists.size < HEADERS_PER_THREAD_MAX) this.#lists.set(key, detail);
    return detail;
  }

  #mask(fields: Fields): Fields {
    return maskHeaders(fields.slice(0, HEADER_FIELDS_MAX), this.#strict, this.#safeHeaders);
  }
}
