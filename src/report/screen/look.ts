import type { ChalkInstance } from 'chalk';
import { padEnd, truncate } from '../../core/display-width.js';
import { fold } from '../text/fold.js';

/** How a screen is drawn: its size, and what the terminal and its reader can take. */
export interface Look {
  readonly columns: number;
  readonly rows: number;
  readonly colour: ChalkInstance;
  readonly ascii: boolean;
  /** For somebody who hears the screen: no lines, no bars, and words where others see a mark. */
  readonly spoken: boolean;
}

/** Below this nothing of use fits. */
export const COLUMNS_MIN = 60;
export const ROWS_MIN = 16;
/** Longer lines are hard to read. */
const PARAGRAPH_MAX = 90;

const ASCII: Readonly<Record<string, string>> = {
  ...{ '─': '-', '│': '|', '▸': '>', '✓': '+', '✗': 'x', '–': '-', '·': '.', '█': '#', '…': '~', '⏎': '=' },
  ...{
    '↑': '^',
    '↓': 'v',
    '→': '>',
    '←': '<',
    '▶': '>',
    '■': '#',
    '’': "'",
    '×': 'x',
    '“': '"',
    '”': '"',
    µ: 'u',
    '≥': '>',
  },
  ...Object.fromEntries(Array.from('▁▂▃▄▅▆▇', (block, index) => [block, '..::||#'.charAt(index)])),
};

// eslint-disable-next-line no-control-regex -- ESC begins our own styles and stays
const NOT_ASCII = /[^\x1b\x20-\x7e]/gu;

/** One character for one, so that columns stay where they are. */
function asciiText(text: string): string {
  return text.replace(NOT_ASCII, (character) => ASCII[character] ?? '?');
}

/** A line as it goes to the terminal. */
export function finish(line: string, look: Look): string {
  return look.ascii ? asciiText(line) : line;
}

/** A key as it is called where its sign cannot be shown. */
export function keyText(key: string, { ascii }: Look): string {
  return ascii ? key.replace('⏎', 'enter') : key;
}

/** A line across the screen. */
export function rule({ columns, spoken, colour }: Look): string {
  return spoken ? '' : colour.dim('─'.repeat(columns));
}

/** Text that is to be read, in lines that fit. */
export function paragraph(text: string, { columns }: Look): readonly string[] {
  return fold(text, Math.min(columns, PARAGRAPH_MAX) - 2).map((line) => ` ${line}`);
}

/** What stands at the left, and what at the right; the left is cut where both do not fit. */
export function spread(left: string, right: string, width: number): string {
  const room = width - right.length - 1;
  return room < 10 ? truncate(left, width) : `${padEnd(truncate(left, room), room)} ${right}`;
}
