import { displayWidth, padEnd, padStart, truncate } from '../../core/display-width.js';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Takes what room is left, and is cut first. */
  readonly grows?: true;
  /** Columns at most; for text that a stranger chose. */
  readonly max?: number;
  /** Left out where there is no room for all; the last of these first. */
  readonly spare?: true;
}

const GUTTER = '  ';
const GROWING_MIN = 12;
/** A name of this length is worth more than a column that may be left out. */
const GROWING_WANTED = 40;

/**
 * Lays text out in columns, the titles first. No line is wider than `width`; text that does not fit is cut and marked.
 * @param rows cells as they may be printed
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const measured = columns.map((column, index): Measured => {
    const { title, max = Number.MAX_SAFE_INTEGER } = column;
    const natural = Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? '')));
    return { column, index, natural: Math.min(max, natural) };
  });
  const shown = withoutSpare(measured, width);
  const fixed = widthOf(shown, () => 0);
  const growing = Math.max(GROWING_MIN, width - fixed);
  return [columns.map(({ title }) => title), ...rows].map((row) => {
    const cells = shown.map(({ column: { align, grows }, index, natural }) => {
      const wide = grows === true ? Math.min(natural, growing) : natural;
      const text = truncate(row[index] ?? '', wide);
      return align === 'right' ? padStart(text, wide) : padEnd(text, wide);
    });
    return truncate(cells.join(GUTTER).trimEnd(), width);
  });
}

interface Measured {
  readonly column: Column;
  readonly index: number;
  /** Columns that its widest cell takes. */
  readonly natural: number;
}

/** @param grown what a growing column takes of its natural width */
function widthOf(measured: readonly Measured[], grown: (natural: number) => number): number {
  const gutters = GUTTER.length * (measured.length - 1);
  return measured.reduce(
    (sum, { column, natural }) => sum + (column.grows === true ? grown(natural) : natural),
    gutters,
  );
}

function withoutSpare(measured: readonly Measured[], width: number): readonly Measured[] {
  const spare = measured.findLastIndex(({ column }) => column.spare === true);
  const isRoomy = widthOf(measured, (natural) => Math.min(natural, GROWING_WANTED)) <= width;
  return spare === -1 || isRoomy ? measured : withoutSpare(measured.toSpliced(spare, 1), width);
}
