/** What the page and its checker, which runs in a worker beside it, say to each other. All of it is plain data. */
import type { RecordQuery } from '../report/model/record-query.js';
import type { About, EmbeddedFile } from './about.js';
import type { Inspection } from './inspection.js';
import type { RecordDetail } from './record-detail.js';
import type { RecordRow } from './record-search.js';

/** A file that the reader dropped onto the page; read where it is needed. */
export interface DroppedFile {
  readonly path: string;
  readonly file: Blob;
}

export type Request =
  /** Takes these files for the journal. */
  | { readonly kind: 'mount'; readonly about: About; readonly files: readonly (EmbeddedFile | DroppedFile)[] }
  /** With a key and a head as the reader pasted them; empty for none. */
  | { readonly kind: 'check'; readonly key: string; readonly head: string }
  | { readonly kind: 'search'; readonly query: RecordQuery; readonly words: string }
  /** More rows of the last search. */
  | { readonly kind: 'more' }
  | { readonly kind: 'record'; readonly seq: number };

export type Reply =
  /** Share of the bytes that a check has to read. */
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'checked'; readonly inspection: Inspection; readonly notes: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly RecordRow[]; readonly isFirst: boolean; readonly isLast: boolean }
  | { readonly kind: 'record'; readonly detail: RecordDetail }
  /** @property about what was asked for */
  | { readonly kind: 'failed'; readonly about: Request['kind']; readonly message: string; readonly hint: string };
