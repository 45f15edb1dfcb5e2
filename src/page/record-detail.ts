/** One record with all that it refers to, and how its line stands in the chain. */
import { printable } from '../core/printable.js';
import type { Judging } from '../report/policy/judging.js';
import { explainContext } from '../report/policy/policy-explanation.js';
import { findRecord } from '../report/stored/record-context.js';
import type { Section } from '../report/show/show-sections.js';
import { notShown, recordHeading, recordSections } from '../report/show/show-text.js';

export interface RecordDetail {
  readonly seq: number;
  readonly heading: string;
  readonly sections: readonly Section[];
  readonly notShown: readonly string[];
  /** The stored line, with what is not printable as escapes. */
  readonly line: string;
}

/** Longer than any line. */
const LINE_CHARS_MAX = 200_000;

/** @throws RECORD_NOT_FOUND, and whatever reading throws */
export function recordDetail(directory: string, seq: number, judging: Judging): RecordDetail {
  const context = findRecord(directory, seq);
  return {
    seq,
    heading: recordHeading(context),
    sections: recordSections(context, explainContext(context, judging)).filter(({ rows }) => rows.length > 0),
    notShown: notShown(context),
    line: printable(context.stored.bytes.toString('utf8'), { max: LINE_CHARS_MAX }),
  };
}
