/** Records that a query selects, in the order in which they were recorded, some at a time. */
import type { RecordView } from '../event/record-view.js';
import { printable } from '../core/printable.js';
import { cellsOf } from '../report/log/log-text.js';
import { sentenceOf } from '../report/sentence/record-sentence.js';
import { matchesRecord, type RecordQuery } from '../report/model/record-query.js';
import type { Judge } from '../report/rollup/rollup.js';
import { SegmentContext } from '../report/rollup/segment-context.js';
import { StoredLines } from '../report/stored/stored-lines.js';
import { textFilter } from '../report/log/text-filter.js';
import { timeText } from '../report/text/time-text.js';

/** One record in a list; all of it safe to show. */
export interface RecordRow {
  readonly seq: number;
  readonly time: string;
  /** Of a call; of any other record its kind and what it says. */
  readonly what: string;
  readonly target: string;
  readonly package: string;
  readonly sent: string;
  readonly received: string;
  /** What the policy says of a call. */
  readonly class: 'expected' | 'unexpected' | 'alarm' | 'unjudged';
}

export interface SearchOptions {
  readonly directory: string;
  readonly query: RecordQuery;
  /** Words that have to occur, and `!word` for one that must not. */
  readonly words: string;
  readonly judge: Judge;
}

/** Yields undefined now and then, so that others have their turn. */
export function* searchRecords({ directory, query, words, judge }: SearchOptions): Generator<RecordRow | undefined> {
  const lines = new StoredLines(directory);
  const accepts = textFilter(words);
  let looked = 0;
  for (const segment of lines.segments()) {
    const context = new SegmentContext();
    for (const { view } of lines.forward(segment)) {
      looked += 1;
      if (looked % 500 === 0) yield undefined;
      if (view?.seq === undefined) continue;
      context.learn(view);
      if (matchesRecord(query, view, context, judge) && accepts(view)) yield rowOf(view, context, judge);
    }
  }
}

function rowOf(view: RecordView, context: SegmentContext, judge: Judge): RecordRow {
  const lead = { seq: view.seq ?? 0, time: timeText(view.text('time'), false) };
  if (view.kind !== 'net') {
    return {
      ...lead,
      what: printable(view.kind, { max: 32 }),
      target: sentenceOf(view).text,
      package: '',
      sent: '',
      received: '',
      class: 'unjudged',
    };
  }
  const { arrow, status, method, target, package: name, sent, received } = cellsOf(view, false);
  return {
    ...lead,
    ...{
      what: `${arrow} ${method} ${status}`,
      target,
      package: name,
      sent: sent.slice(2),
      received: received.slice(2),
    },
    class: judge(view, context).class,
  };
}
