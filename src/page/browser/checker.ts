/** The worker: holds the journal's files, and runs on them the same code as `egress verify` and `egress report`. */
import { mountFiles, type StoredFile } from '../../platform/browser.js';
import { parseExpectedHead, type ExpectedHead } from '../../audit/heads/expected-head.js';
import { scanSegment } from '../../audit/segments/segment-scan.js';
import { EgressError } from '../../core/error.js';
import { parseHead } from '../../journal/heads/checkpoint.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { parseVerifierKey } from '../../keys/verifier-key.js';
import { policyFromJson } from '../../policy/policy-json.js';
import { judgingOf } from '../../report/policy/journal-judging.js';
import type { RecordQuery } from '../../report/model/record-query.js';
import { UNJUDGED, type Judging } from '../../report/policy/judging.js';
import type { About, EmbeddedFile } from '../about.js';
import { embeddedBytes } from '../embedded-file.js';
import { inspectJournal } from '../inspection.js';
import type { DroppedFile, Reply, Request } from '../message.js';
import type { Pasted } from '../message.js';
import { recordDetail } from '../record-detail.js';
import { unreadCosignatures } from '../unread-cosignatures.js';
import { searchRecords, type RecordRow } from '../record-search.js';

/** In a worker alone; the library of the document's types does not know it. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Where the files are taken to lie. */
const JOURNAL = 'journal';
const ROWS_AT_ONCE = 100;
const PROGRESS_EVERY_MS = 100;
/** A search gives way to other requests after so long. */
const SLICE_MS = 50;

export class Checker {
  readonly #reply: (reply: Reply) => void;
  #about: About | undefined;
  /** Known when the files are mounted; whatever is asked waits for it. */
  #judging: Promise<Judging> = Promise.resolve(UNJUDGED);
  #search: Generator<RecordRow | undefined> | undefined;
  /** Bytes that a check has read, and about how many it will. */
  #read = 0;
  #total = 1;
  #saidAt = 0;

  constructor(reply: (reply: Reply) => void) {
    this.#reply = reply;
  }

  async take(request: Request): Promise<void> {
    try {
      await this.#answer(request);
    } catch (error) {
      const hint = error instanceof EgressError ? (error.hint ?? '') : '';
      this.#reply({ kind: 'failed', about: request.kind, message: messageOf(error), hint });
    }
  }

  async #answer(request: Request): Promise<void> {
    switch (request.kind) {
      case 'mount':
        await this.#mount(request.about, request.files);
        return;
      case 'check':
        await this.#check(request);
        return;
      case 'search':
        await this.#searchFor(request.query, request.words);
        return;
      case 'more':
        if (this.#search !== undefined) await this.#rows(this.#search, false);
        return;
      case 'record':
        this.#reply({ kind: 'record', detail: recordDetail(JOURNAL, request.seq, await this.#judging) });
    }
  }

  async #mount(about: About, files: readonly (EmbeddedFile | DroppedFile)[]): Promise<void> {
    this.#about = about;
    const mounted = new Map(files.map((file) => [`${JOURNAL}/${file.path}`, this.#counted(storedFile(file))]));
    mountFiles(mounted);
    this.#judging = judgingOf(JOURNAL, {
      given: about.given === undefined ? undefined : policyFromJson(about.given),
      fallback: about.fallback === undefined ? undefined : policyFromJson(about.fallback),
    });
    // Each byte is read by the check, and by the count of the traffic.
    this.#total = Math.max(1, 2 * [...mounted.values()].reduce((sum, { size }) => sum + size, 0));
    await this.#judging;
  }

  /** Tells how far reading is. */
  #counted(file: StoredFile): StoredFile {
    return {
      size: file.size,
      read: (from, to) => {
        this.#read += Math.max(0, to - from);
        const now = Date.now();
        if (now - this.#saidAt >= PROGRESS_EVERY_MS) {
          this.#saidAt = now;
          this.#reply({ kind: 'progress', share: Math.min(0.99, this.#read / this.#total) });
        }
        return file.read(from, to);
      },
    };
  }

  async #check(pasted: Pasted): Promise<void> {
    this.#read = 0;
    const isKeyCompared = pasted.key.trim() !== '';
    const key = parseVerifierKey(isKeyCompared ? pasted.key.trim() : (this.#about?.key ?? ''));
    const expected = pasted.head.trim() === '' ? undefined : pastedHead(pasted.head.trim());
    const lines = pasted.witnesses.split('\n').map((line) => line.trim());
    const witnesses = lines.filter((line) => line !== '').map((line) => parseVerifierKey(line, 'cosignature'));
    const inspection = await inspectJournal({
      ...{ directory: JOURNAL, key, isKeyCompared, expected, witnesses },
      judging: await this.#judging,
      scan: (tasks) => Promise.resolve(tasks.map((task) => scanSegment(task))),
    });
    this.#reply({
      kind: 'checked',
      inspection,
      notes: [...missingHead(this.#about?.head), ...unreadCosignatures(JOURNAL, witnesses)],
    });
  }

  async #searchFor(query: RecordQuery, words: string): Promise<void> {
    const { judge } = await this.#judging;
    this.#search = searchRecords({ directory: JOURNAL, query, words, judge });
    await this.#rows(this.#search, true);
  }

  async #rows(search: Generator<RecordRow | undefined>, isFirst: boolean): Promise<void> {
    const rows: RecordRow[] = [];
    let until = performance.now() + SLICE_MS;
    for (;;) {
      const step = rows.length < ROWS_AT_ONCE ? search.next() : undefined;
      if (step === undefined || step.done === true) {
        this.#reply({ kind: 'rows', rows, isFirst, isLast: step !== undefined });
        return;
      }
      if (step.value !== undefined) rows.push(step.value);
      if (performance.now() < until) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (search !== this.#search) return;
      until = performance.now() + SLICE_MS;
    }
  }
}

/** What is dropped onto a page may be another copy than the one that the page was made of. */
function missingHead(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const { size, root } = parseExpectedHead(text);
  try {
    const bytes = readSmallFile(fileSystem, new JournalLayout(JOURNAL).head(size), SMALL_FILE_BYTES_MAX);
    if (bytes !== undefined && parseHead(bytes).root === root) return [];
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
  }
  const what = `The head of ${size} records that this page was made with is not kept in this journal`;
  return [`${what}: it is another one, an older copy, or was changed.`];
}

function messageOf(error: unknown): string {
  if (error instanceof EgressError) return error.message;
  return `a mistake in this page: ${String(error)}`;
}

/** SIZE:ROOT, or the text of a checkpoint; what a form did to its line ends is undone. */
function pastedHead(text: string): ExpectedHead {
  if (/^[0-9]+:/.test(text)) return parseExpectedHead(text);
  return parseHead(new TextEncoder().encode(`${text.replaceAll('\r\n', '\n')}\n`));
}

function storedFile(file: EmbeddedFile | DroppedFile): StoredFile {
  if ('file' in file) {
    const { size } = file.file;
    const reader = new FileReaderSync();
    return {
      size,
      read: (from, to) => new Uint8Array(reader.readAsArrayBuffer(file.file.slice(from, Math.max(from, to)))),
    };
  }
  const bytes = embeddedBytes(file);
  return { size: bytes.length, read: (from, to) => bytes.subarray(from, Math.max(from, to)) };
}
