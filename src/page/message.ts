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

/** What the reader got elsewhere, as it was pasted; empty for none. */
export interface Pasted {
  readonly key: string;
  readonly head: string;
  /** Keys of witnesses, one a line. */
  readonly witnesses: string;
}

export type Request =
  /** Takes these files for the journal. */
  | { readonly kind: 'mount'; readonly about: About; readonly files: readonly (EmbeddedFile | DroppedFile)[] }
  | ({ readonly kind: 'check' } & Pasted)
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
