import { displayWidth, padEnd, padStart, truncate } from '../../core/display-width.js';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Takes what room is left, and is cut first. */
  readonly grows?: true;
  /** Columns at most; for text that a stranger chose. */
  readonly max?: number;
}

const GUTTER = '  ';
const GROWING_MIN = 12;

/**
 * Lays text out in columns, the titles first. No line is wider than `width`; text that does not fit is cut and marked.
 * @param rows cells as they may be printed
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const natural = columns.map(({ title, max = Number.MAX_SAFE_INTEGER }, index) =>
    Math.min(max, Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? '')))),
  );
  const gutters = GUTTER.length * (columns.length - 1);
  const fixed = natural.reduce((sum, wide, index) => sum + (columns[index]?.grows === true ? 0 : wide), gutters);
  const widths = natural.map((wide, index) =>
    columns[index]?.grows === true ? Math.min(wide, Math.max(GROWING_MIN, width - fixed)) : wide,
  );
  return [columns.map(({ title }) => title), ...rows].map((row) => {
    const cells = columns.map(({ align }, index) => {
      const [text, wide] = [truncate(row[index] ?? '', widths[index] ?? 0), widths[index] ?? 0];
      return align === 'right' ? padStart(text, wide) : padEnd(text, wide);
    });
    return truncate(cells.join(GUTTER).trimEnd(), width);
  });
}
