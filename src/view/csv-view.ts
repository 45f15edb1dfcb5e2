/** CSV as RFC 4180 has it, safe to open in a spreadsheet. */
import { printable } from '../core/printable.js';
import { COLUMNS, type CallRow, type Column } from './call-row.js';

const CELL_CHARS_MAX = 2_048;
const NAMES = Object.keys(COLUMNS) as Column[];

/** What a spreadsheet takes for a formula, and with it for a command, begins so. */
const FORMULA = /^[=+\-@]/;

/** Recorded text: visible characters only, and never a formula. */
function textCell(text: string): string {
  const shown = printable(text, { max: CELL_CHARS_MAX });
  const safe = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines without their ends; the names of the columns first. */
export function* csvLines(rows: Iterable<CallRow>): Generator<string, void> {
  yield NAMES.join(',');
  for (const row of rows) {
    yield NAMES.map((name) => {
      const value = row[name];
      return typeof value === 'string' ? textCell(value) : String(value ?? '');
    }).join(',');
  }
}
