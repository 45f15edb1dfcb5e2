/** The main screen: one answer first, then what it rests on, then tables whose rows lead to records. */
import { printable } from '../../core/printable.js';
import { subjectText } from '../model/headline-text.js';
import type { ReportModel } from '../model/report-model.js';
import type { RecordQuery } from '../model/record-query.js';
import { answerLines } from './answer-lines.js';
import type { Newest } from './newest-rows.js';
import { rule, type Look } from './look.js';
import { newestPart, partLines, plainLine, type PanelLine } from './panel-lines.js';
import { characterOf, moveOf, type Key, type Screen, type Stage } from './screen.js';
import { Scroller, type Move } from './scroller.js';
import { TABS } from './tabs.js';
import { widePanels } from './wide-panels.js';

/** What the main screen shows, and what it may start. */
export interface ReportView {
  readonly model: ReportModel;
  /** One line about what goes on: a verification, a live view. */
  readonly status: string | undefined;
  /** What was recorded last, while the journal is followed. */
  readonly newest: Newest | undefined;
  open(title: string, query: RecordQuery): void;
  openRecord(seq: number): void;
  openTimes(title: string, query: RecordQuery): void;
  /** Shows the policy rule that would make such calls expected. */
  openRule(query: RecordQuery): void;
  /** @returns whether the key was one of its commands */
  command(character: string): boolean;
}

/** Those that every report has, the most useful first. */
const KEYS = [
  ['↑↓', 'move'],
  ['⏎', 'records'],
  ['tab', 'panels'],
  ['/', 'find'],
  ['?', 'help'],
  ['q', 'quit'],
  ['v', 'verify'],
] as const;

type Selected = Pick<PanelLine, 'seq' | 'query' | 'title'>;

export class ReportScreen implements Screen {
  readonly #stage: Stage;
  readonly #view: ReportView;
  #tab = 0;
  #scrollers = TABS.map(() => new Scroller());
  #lines: readonly PanelLine[] = [];
  #height = 1;
  #look: Look | undefined;
  /** Name of the number that has the cursor, if none of the lines has it. */
  #card: string | undefined;

  constructor(stage: Stage, view: ReportView) {
    this.#stage = stage;
    this.#view = view;
  }

  get title(): string {
    return subjectText(this.#view.model);
  }

  get journal(): string {
    return printable(this.#view.model.journal);
  }

  get keys(): Screen['keys'] {
    return [
      ...KEYS,
      ['u', this.#view.model.policy === undefined ? 'outbound' : 'unexpected'],
      ['←→', 'numbers'],
      ['f', 'follow'],
      ['t', 'over time'],
      ['p', 'rule'],
      ['e', 'export'],
    ];
  }

  body(look: Look, height: number): readonly string[] {
    const { model, status } = this.#view;
    const head = [...answerLines({ model, status, card: this.#card }, look, height), tabLine(this.#tab, look)];
    this.#height = Math.max(1, height - head.length);
    this.#look = look;
    this.#lines = this.#panel(look);
    const { lines, cursor } = this.#scroller.view(this.#lines, this.#height);
    const { colour, spoken } = look;
    const body = lines.map(({ text, stops }, index) => {
      if (!stops) return text;
      if (index !== cursor || this.#card !== undefined) return `  ${text}`;
      return colour.bold(`${spoken ? 'selected: ' : '▸ '}${text}`);
    });
    return [...head, ...body];
  }

  press(key: Key): void {
    const move = moveOf(key);
    const character = characterOf(key);
    const tab = tabAfter(key, this.#tab);
    // A key before may have changed the panel, and nothing was drawn since.
    if (this.#look !== undefined) this.#lines = this.#panel(this.#look);
    if (character === ' ' && this.#view.command(' ')) return;
    if (key === 'left' || key === 'right') this.#moveCard(key);
    else if (move !== undefined) this.#move(move);
    else if (tab !== undefined) [this.#tab, this.#card] = [tab, undefined];
    else if (key === 'enter' || character === 't' || character === 'p') this.#open(character);
    else if (key === 'escape' || key === 'backspace') this.#leave();
    else if (character !== undefined) this.#view.command(character);
  }

  get #scroller(): Scroller {
    return this.#scrollers[this.#tab] ?? new Scroller();
  }

  /** Up and down lead from the numbers back to where the cursor was. */
  #move(move: Move): void {
    if (this.#card === undefined) this.#scroller.move(this.#lines, move, this.#height);
    this.#card = undefined;
  }

  #moveCard(key: 'left' | 'right'): void {
    const names = this.#view.model.cards.flatMap(({ name, query }) => (query === undefined ? [] : [name]));
    const at = names.indexOf(this.#card ?? '');
    const next = key === 'right' ? at + 1 : (at < 0 ? names.length : at) - 1;
    this.#card = names[Math.min(names.length - 1, Math.max(0, next))];
  }

  #leave(): void {
    if (this.#card === undefined) this.#stage.pop();
    this.#card = undefined;
  }

  /** What has the cursor. */
  get #selected(): Selected | undefined {
    const { cards } = this.#view.model;
    if (this.#card === undefined) return this.#lines[this.#scroller.cursor(this.#lines)];
    const query = cards.find(({ name }) => name === this.#card)?.query;
    return { query, title: this.#card.toLowerCase() };
  }

  #open(character: string | undefined): void {
    const { seq, query, title = '' } = this.#selected ?? {};
    if (seq !== undefined && character === undefined) this.#view.openRecord(seq);
    else if (query === undefined) this.#stage.say('No records stand behind this line.');
    else if (character === 't') this.#view.openTimes(title, query);
    else if (character === 'p') this.#view.openRule(query);
    else this.#view.open(title, query);
  }

  #panel(look: Look): readonly PanelLine[] {
    const { model, newest } = this.#view;
    const isFirst = this.#tab === 0;
    const isWide = isFirst && look.columns >= 100 && look.rows >= 28 && !look.spoken;
    return [
      ...(isFirst && newest !== undefined ? newestPart(newest, look) : []),
      ...(isWide ? [...widePanels(model, look), rule(look)].map(plainLine) : []),
      ...partLines(TABS[this.#tab]?.parts(model, look) ?? [], look),
    ];
  }
}

/** The panel that a key leads to. */
function tabAfter(key: Key, tab: number): number | undefined {
  if (key === 'tab') return (tab + 1) % TABS.length;
  if (key === 'backTab') return (tab + TABS.length - 1) % TABS.length;
  const named = Number(characterOf(key)) - 1;
  return TABS[named] === undefined ? undefined : named;
}

function tabLine(tab: number, { colour, columns, spoken }: Look): string {
  const names = TABS.map(({ name }, index) => {
    const text = `${index + 1} ${name}`;
    if (index !== tab) return colour.dim(` ${text} `);
    if (spoken) return ` panel ${text} `;
    return colour.level === 0 ? `[${text}]` : colour.inverse(` ${text} `);
  });
  const width = TABS.reduce((sum, { name }) => sum + name.length + 4, 1);
  return ` ${names.join('')}${spoken ? '' : ` ${colour.dim('─'.repeat(Math.max(0, columns - width - 1)))}`}`;
}
