/** The report as a program of keys and lines: a stack of screens, and nothing of any terminal. */
import { padEnd, truncate } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';
import type { ReportSource } from '../model/report-source.js';
import { FleetScreen } from './fleet-screen.js';
import { helpLines } from './help-text.js';
import { JournalReport } from './journal-report.js';
import { COLUMNS_MIN, finish, keyText, ROWS_MIN, spread, type Look } from './look.js';
import { ReportScreen } from './report-screen.js';
import { characterOf, type Key, type Screen, type Stage } from './screen.js';
import { TextScreen } from './text-screen.js';

/** New records are looked for, and shown, this often. */
const LIVE_MS = 100;

export class ReportApp implements Stage {
  readonly #journals: readonly JournalReport[];
  readonly #screens: Screen[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #onQuit: () => void;
  readonly #timer: NodeJS.Timeout;
  #message = '';
  #height = 1;
  /** Counts the changes, so that whoever draws can tell that there is something to draw. */
  version = 0;

  /** @param sources loaded already */
  constructor(sources: readonly ReportSource[], follow: boolean, onQuit: () => void) {
    this.#onQuit = onQuit;
    this.#journals = sources.map((source) => new JournalReport(this, source));
    const [first] = this.#journals;
    if (first !== undefined && this.#journals.length === 1) this.#screens.push(new ReportScreen(this, first));
    else this.#screens.push(new FleetScreen(this, this.#journals));
    for (const journal of this.#journals) journal.follow(follow);
    this.#timer = setInterval(() => {
      for (const journal of this.#journals) journal.look();
    }, LIVE_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const screen of this.#screens) screen.close?.();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  push(screen: Screen): void {
    this.#screens.push(screen);
    this.changed();
  }

  pop(): void {
    if (this.#screens.length < 2) return;
    this.#screens.pop()?.close?.();
    this.changed();
  }

  say(text: string): void {
    this.#message = text;
    this.changed();
  }

  changed(): void {
    this.version += 1;
    for (const listener of this.#listeners) listener();
  }

  press(key: Key): void {
    const screen = this.#screen;
    this.#message = '';
    const character = screen.isTyping === true ? undefined : characterOf(key);
    if (character === 'q') {
      this.#onQuit();
      return;
    }
    if (character === '?') this.push(new TextScreen(this, 'help', helpLines));
    else screen.press(key, this.#height);
    this.changed();
  }

  /** Lines of the whole screen, one fewer than it has rows. */
  lines(look: Look): readonly string[] {
    const { columns, rows, colour } = look;
    if (columns < COLUMNS_MIN || rows < ROWS_MIN) return tooSmall(look);
    const screen = this.#screen;
    this.#height = rows - 3;
    const body = screen.body(look, this.#height).slice(0, this.#height);
    const filling = look.spoken ? [] : Array.from({ length: this.#height - body.length }, () => '');
    const journal = this.#screens.findLast((one) => one.journal !== undefined)?.journal ?? '';
    const title = spread(` egress report · ${screen.title}`, `${journal} `, columns);
    return [colour.bold(padEnd(title, columns)), ...body, ...filling, this.#foot(look)].map((line) =>
      finish(line, look),
    );
  }

  #foot(look: Look): string {
    const { columns, colour } = look;
    if (this.#message !== '') return colour.bold(truncate(` ${printable(this.#message)}`, columns));
    let text = '';
    for (const [key, does] of this.#screen.keys) {
      const next = `${text}${text === '' ? ' ' : '  '}${keyText(key, look)} ${does}`;
      if (next.length >= columns) break;
      text = next;
    }
    return colour.dim(text);
  }

  get #screen(): Screen {
    const screen = this.#screens.at(-1);
    if (screen === undefined) throw new Error('the report has no screen');
    return screen;
  }
}

function tooSmall({ columns, rows }: Look): readonly string[] {
  const lines = [
    `This window has ${columns}x${rows}.`,
    `The report needs ${COLUMNS_MIN}x${ROWS_MIN}.`,
    'Enlarge it, or: egress report --plain',
  ];
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => truncate(line, columns));
}
