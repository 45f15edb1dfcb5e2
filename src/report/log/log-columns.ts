import { padEnd, padStart, truncate } from '../../core/display-width.js';

/** One row of `log -o short`, as plain text; what is long is cut when it is laid out. */
export interface Cells {
  readonly seq: string;
  readonly clock: string;
  readonly arrow: string;
  readonly status: string;
  readonly method: string;
  readonly target: string;
  readonly package: string;
  readonly sent: string;
  readonly received: string;
  readonly duration: string;
}

/** Below this, where to and who are worth more than how much. */
const NARROW = 68;

/** Widths that depend on the terminal's. */
export interface LogWidths {
  readonly clock: number;
  readonly target: number;
  readonly package: number;
  /** Whether there is room for fractions of a second, what came back, and how long it took. */
  readonly full: boolean;
  /** Whether there is room for what was sent. */
  readonly sent: boolean;
  /** Whether cells are cut to their width; a reader that is not a terminal gets them whole. */
  readonly cut: boolean;
}

const SEQ = 6;
const STATUS = 3;
const METHOD = 7;
const SIZE = 10;
const DURATION = 8;

/** @param columns of the terminal; undefined for a reader that has no width */
export function logWidths(columns: number | undefined, local: boolean): LogWidths {
  const full = columns === undefined || columns >= 110;
  const clock = (full ? 12 : 8) + (local ? 5 : 1);
  if (columns === undefined) return { clock, target: 44, package: 20, full, sent: true, cut: false };
  const sent = columns >= NARROW;
  const name = full ? 18 : 12;
  const left = SEQ + 1 + clock + 1 + 1 + 1 + STATUS + 1 + METHOD + 1;
  const right = 1 + name + (sent ? 1 + SIZE : 0) + (full ? 1 + SIZE + 1 + DURATION : 0);
  return { clock, target: Math.max(12, columns - left - right), package: name, full, sent, cut: true };
}

/** The first two columns, which every line has. */
export function leadText(seq: string, clock: string, widths: LogWidths): string {
  const shown = widths.full ? clock : clock.replace(/\.[0-9]{3}/, '');
  return `${padStart(seq, SEQ)} ${padEnd(shown, widths.clock)}`;
}

/** Lays out the cells, each under its column. Styles are put on after padding, cell by cell. */
export function layOut(cells: Cells, widths: LogWidths, style: (name: keyof Cells, text: string) => string): string {
  const fit = (text: string, width: number): string => padEnd(widths.cut ? truncate(text, width) : text, width);
  const parts: (readonly [name: keyof Cells, text: string])[] = [
    ['clock', leadText(cells.seq, cells.clock, widths)],
    ['arrow', cells.arrow],
    ['status', fit(cells.status, STATUS)],
    ['method', fit(cells.method, METHOD)],
    ['target', fit(cells.target, widths.target)],
    ['package', fit(cells.package, widths.package)],
    ...(widths.sent ? [['sent', padStart(cells.sent, SIZE)] as const] : []),
  ];
  if (widths.full) {
    parts.push(['received', padStart(cells.received, SIZE)], ['duration', padStart(cells.duration, DURATION)]);
  }
  const texts = parts.map(([name, text]) => style(name, text));
  return texts.join(' ').trimEnd();
}
