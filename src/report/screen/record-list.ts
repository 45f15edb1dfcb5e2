import { padEnd, truncate } from '../../core/display-width.js';
import { LogText } from '../log/log-text.js';
import type { Judging } from '../policy/judging.js';
import { textFilter } from '../log/text-filter.js';
import type { Look } from './look.js';
import { recordScreen } from './record-screen.js';
import { RecordWindow, type WindowOptions, type WindowRow } from './record-window.js';
import { characterOf, moveOf, type Key, type Screen, type Stage } from './screen.js';
import type { Move } from './scroller.js';

/** Rows that are read at once; a jump to an end needs a screen, and scrolling some more. */
const READ_ROWS = 120;

interface ListOptions extends Omit<WindowOptions, 'accepts' | 'judge'> {
  readonly judging: Judging;
}

/** Records behind a number of the report: a list that can be filtered, and each record in full behind it. */
export class RecordList implements Screen {
  readonly title: string;
  readonly #stage: Stage;
  readonly #options: ListOptions;
  #window: RecordWindow;
  #current: WindowRow | undefined;
  #top = 0;
  #filter = '';
  #typed: string | undefined;

  constructor(stage: Stage, title: string, options: ListOptions) {
    this.#stage = stage;
    this.title = title;
    this.#options = options;
    this.#window = this.#open();
    this.#extend('forward');
  }

  get isTyping(): boolean {
    return this.#typed !== undefined;
  }

  get keys(): Screen['keys'] {
    if (this.#typed !== undefined) {
      return [
        ['⏎', 'apply'],
        ['esc', 'leave it'],
        ['!x', 'without x'],
      ];
    }
    return [
      ['↑↓', 'move'],
      ['⏎', 'open'],
      ['/', 'filter'],
      ['g G', 'first, last'],
      ['esc', 'back'],
      ['q', 'quit'],
    ];
  }

  body(look: Look, height: number): readonly string[] {
    const { rows } = this.#window;
    const room = Math.max(1, height - 1);
    this.#top = Math.max(0, Math.min(this.#top, this.#cursor, Math.max(0, rows.length - room)));
    this.#top = Math.max(this.#top, this.#cursor - room + 1);
    const text = new LogText({ colour: look.colour, columns: look.columns - 2, local: false });
    const lines = rows.slice(this.#top, this.#top + room).map(({ view }, index) => {
      const isHere = this.#top + index === this.#cursor;
      const mark = isHere ? (look.spoken ? 'selected: ' : '▸ ') : '  ';
      const line = `${mark}${text.renderAlone(view)}`;
      return isHere ? look.colour.bold(line) : line;
    });
    if (rows.length === 0) lines.push(this.#window.searching === undefined ? '  No record matches.' : '');
    return [look.colour.dim(padEnd(truncate(this.#status(), look.columns), look.columns)), ...lines];
  }

  press(key: Key, height: number): void {
    if (this.#typed !== undefined) {
      this.#type(key, this.#typed);
      return;
    }
    const character = characterOf(key);
    const move = moveOf(key);
    if (move !== undefined) this.#move(move, Math.max(1, height - 2));
    else if (key === 'enter') this.#openRecord();
    else if (key === 'escape' || key === 'backspace') this.#leave();
    else if (character === '/') this.#typed = this.#filter;
  }

  close(): void {
    this.#window.stop();
  }

  /** New records may have come. */
  refresh(): void {
    if (this.#window.atEnd) this.#extend('forward');
  }

  #leave(): void {
    if (this.#window.searching !== undefined) {
      this.#window.stop();
      return;
    }
    if (this.#filter === '') this.#stage.pop();
    else this.#apply('');
  }

  #status(): string {
    if (this.#typed !== undefined) return ` / ${this.#typed}_`;
    const { searching, rows, atEnd } = this.#window;
    const filter = this.#filter === '' ? '' : `filter ${this.#filter} · `;
    if (searching !== undefined) return ` ${filter}searching, at #${searching.seq} · esc stops`;
    const view = rows[this.#cursor]?.view;
    const last = atEnd && this.#cursor === rows.length - 1 ? ', the last' : '';
    return ` ${filter}${view === undefined ? 'nothing' : `#${view.seq ?? '?'}${last}`}`;
  }

  #type(key: Key, typed: string): void {
    const character = characterOf(key);
    if (key === 'escape') this.#typed = undefined;
    else if (key === 'enter') this.#apply(typed.trim());
    else if (key === 'backspace') this.#typed = typed.slice(0, -1);
    else if (character !== undefined && typed.length < 60) this.#typed = typed + character;
  }

  #apply(filter: string): void {
    this.#typed = undefined;
    this.#filter = filter;
    this.#window.stop();
    this.#window = this.#open();
    this.#cursor = 0;
    this.#extend('forward');
  }

  #open(): RecordWindow {
    const { judging, ...options } = this.#options;
    return new RecordWindow({ ...options, judge: judging.judge, accepts: textFilter(this.#filter) });
  }

  #move(move: Move, page: number): void {
    if (move === 'top' || move === 'bottom') {
      this.#window.restart(move === 'top' ? 'start' : 'end');
      this.#cursor = 0;
      this.#extend(move === 'top' ? 'forward' : 'backward', () => {
        if (move === 'bottom') this.#cursor = this.#window.rows.length - 1;
      });
      return;
    }
    const steps = { up: -1, down: 1, pageUp: -page, pageDown: page };
    const wanted = this.#cursor + steps[move];
    const { rows, atStart, atEnd, searching } = this.#window;
    this.#cursor = wanted;
    if (searching !== undefined) return;
    if (steps[move] > 0 && wanted > rows.length - page && !atEnd) this.#extend('forward');
    if (steps[move] < 0 && wanted < page && !atStart) this.#extend('backward');
  }

  #extend(direction: 'forward' | 'backward', then?: () => void): void {
    const window = this.#window;
    void window.extend(direction, READ_ROWS, () => {
      if (window !== this.#window) return;
      then?.();
      this.#stage.changed();
    });
  }

  /** The cursor stays on its record, whatever is read before it. */
  get #cursor(): number {
    return Math.max(0, this.#current === undefined ? 0 : this.#window.rows.indexOf(this.#current));
  }

  set #cursor(index: number) {
    const { rows } = this.#window;
    this.#current = rows[Math.max(0, Math.min(rows.length - 1, index))];
  }

  #openRecord(): void {
    const seq = this.#window.rows[this.#cursor]?.view.seq;
    if (seq === undefined) return;
    const { directory, judging } = this.#options;
    this.#stage.push(recordScreen(this.#stage, directory, judging, seq));
  }
}
