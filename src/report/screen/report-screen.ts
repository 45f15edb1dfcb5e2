/** The main screen: one answer first, then what it rests on, then tables whose rows lead to records. */
import { truncate } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';
import { levelColour } from '../policy/policy-text.js';
import { fold } from '../text/fold.js';
import { CHIP_GLYPHS, headline, otherReasons, signedText, subjectText } from '../model/headline-text.js';
import type { ReportModel } from '../model/report-model.js';
import type { RecordQuery } from '../model/record-query.js';
import type { ReportTable } from '../model/report-tables.js';
import { LogText } from '../log/log-text.js';
import { tableLines } from '../text/table.js';
import type { Newest } from './newest-rows.js';
import { rule, type Look } from './look.js';
import { characterOf, moveOf, type Key, type Screen, type Stage } from './screen.js';
import { Scroller, type BodyLine } from './scroller.js';
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

interface ScreenLine extends BodyLine {
  /** Of the one record that the line is about. */
  readonly seq?: number | undefined;
  readonly query?: RecordQuery;
  readonly title?: string;
}

export class ReportScreen implements Screen {
  readonly #stage: Stage;
  readonly #view: ReportView;
  #tab = 0;
  #scrollers = TABS.map(() => new Scroller());
  #lines: readonly ScreenLine[] = [];
  #height = 1;
  #look: Look | undefined;

  constructor(stage: Stage, view: ReportView) {
    this.#stage = stage;
    this.#view = view;
  }

  get title(): string {
    return subjectText(this.#view.model);
  }

  readonly keys = [
    ['↑↓', 'move'],
    ['⏎', 'records'],
    ['tab', 'panels'],
    ['/', 'find'],
    ['v', 'verify'],
    ['?', 'help'],
    ['q', 'quit'],
    ['u', 'unexpected'],
    ['f', 'follow'],
    ['t', 'over time'],
    ['p', 'rule'],
    ['e', 'export'],
  ] as const;

  body(look: Look, height: number): readonly string[] {
    const head = [...this.#answer(look, height), ...this.#tabLine(look)];
    this.#height = Math.max(1, height - head.length);
    this.#look = look;
    this.#lines = this.#tables(look);
    const { lines, cursor } = this.#scroller.view(this.#lines, this.#height);
    const { colour, spoken } = look;
    const body = lines.map(({ text, stops }, index) => {
      if (!stops) return text;
      if (index !== cursor) return `  ${text}`;
      return colour.bold(`${spoken ? 'selected: ' : '▸ '}${text}`);
    });
    return [...head, ...body];
  }

  press(key: Key): void {
    const move = moveOf(key);
    const character = characterOf(key);
    const tab = Number(character) - 1;
    // A key before may have changed the panel, and nothing was drawn since.
    if (this.#look !== undefined) this.#lines = this.#tables(this.#look);
    if (character === ' ' && this.#view.command(' ')) return;
    if (move !== undefined) this.#scroller.move(this.#lines, move, this.#height);
    else if (key === 'tab') this.#tab = (this.#tab + 1) % TABS.length;
    else if (key === 'backTab') this.#tab = (this.#tab + TABS.length - 1) % TABS.length;
    else if (TABS[tab] !== undefined) this.#tab = tab;
    else if (key === 'enter') this.#openRecords();
    else if (character === 'p')
      this.#openLine((_, query) => {
        this.#view.openRule(query);
      });
    else if (character === 't')
      this.#openLine((title, query) => {
        this.#view.openTimes(title, query);
      });
    else if (key === 'escape' || key === 'backspace') this.#stage.pop();
    else if (character !== undefined) this.#view.command(character);
  }

  get #scroller(): Scroller {
    return this.#scrollers[this.#tab] ?? new Scroller();
  }

  #openRecords(): void {
    const line = this.#lines[this.#scroller.cursor(this.#lines)];
    if (line?.seq !== undefined) this.#view.openRecord(line.seq);
    else if (line?.query !== undefined) this.#view.open(line.title ?? '', line.query);
  }

  #openLine(open: (title: string, query: RecordQuery) => void): void {
    const line = this.#lines[this.#scroller.cursor(this.#lines)];
    if (line?.query !== undefined) open(line.title ?? '', line.query);
  }

  /** Verdict, reasons, chips and numbers; on a low screen only what fits beside a useful table. */
  #answer(look: Look, height: number): string[] {
    const { model, status } = this.#view;
    const { colour, columns } = look;
    const style = levelColour(model.verdict.level, colour).bold;
    const isLow = height < 20;
    const answer = fold(headline(model), columns - 2).slice(0, 2);
    const reasons = otherReasons(model).flatMap((reason) => fold(reason, columns - 4));
    const lines = [
      rule(look),
      ...answer.map((line, index) => style(`${index === 0 ? ' ' : '   '}${line}`)),
      ...(isLow ? [] : reasons.slice(0, 3).map((reason) => `   ${reason}`)),
      ...(isLow ? [] : ['']),
      ...chipLines(model, look),
      ...(isLow && status === undefined
        ? []
        : [colour.dim(truncate(`   ${status ?? signedText(model)}`, columns)), ...(isLow ? [] : [rule(look)])]),
      ` ${cardLine(model, columns - 1)}`,
    ];
    return look.spoken ? lines.filter((line) => line !== '') : lines;
  }

  #tabLine({ colour, columns, spoken }: Look): string[] {
    const names = TABS.map(({ name }, index) => {
      const text = ` ${index + 1} ${name} `;
      if (index !== this.#tab) return colour.dim(text);
      return spoken ? ` panel ${text}` : colour.inverse(text);
    });
    const width = TABS.reduce((sum, { name }) => sum + name.length + 4, 1);
    return [` ${names.join('')}${spoken ? '' : ` ${colour.dim('─'.repeat(Math.max(0, columns - width - 1)))}`}`];
  }

  #tables(look: Look): readonly ScreenLine[] {
    const { model } = this.#view;
    const tab = TABS[this.#tab];
    if (tab === undefined) return [];
    const lines: ScreenLine[] = this.#tab === 0 ? newestLines(this.#view.newest, look) : [];
    const say = (text: string): void => {
      lines.push({ text, stops: false });
    };
    if (this.#tab === 0 && look.columns >= 100 && look.rows >= 28 && !look.spoken) {
      for (const line of widePanels(model, look)) say(line);
      say(rule(look));
    }
    for (const [index, table] of tab.tables(model, look).entries()) {
      if (index > 0) say('');
      lines.push(...this.#tableLines(table, look));
    }
    for (const { title, items } of tab.texts?.(model) ?? []) {
      say('');
      say(look.colour.bold(` ${title}`));
      for (const item of items) {
        const folded = fold(printable(item, { max: 600 }), look.columns - 6);
        lines.push(...folded.map((text, at) => ({ text: `${at === 0 ? '–' : ' '} ${text}`, stops: true })));
      }
    }
    return lines;
  }

  #tableLines({ title, columns, rows, none }: ReportTable, look: Look): readonly ScreenLine[] {
    const { colour } = look;
    const [titles = '', ...texts] = tableLines(
      columns,
      rows.map(({ cells }) => cells),
      look.columns - 3,
    );
    const heading = { text: ` ${colour.bold(`${title} (${rows.length})`)}`, stops: false };
    if (rows.length === 0) return [heading, { text: colour.dim(`  ${none}`), stops: false }];
    return [
      heading,
      { text: colour.dim(`  ${titles}`), stops: false },
      ...texts.map((text, index) => {
        const { query, cells } = rows[index] ?? { cells: [] };
        const named = `${title.toLowerCase()}: ${cells[0] ?? ''}`;
        return { text, stops: true, title: named, ...(query === undefined ? {} : { query }) };
      }),
    ];
  }
}

/** As many numbers as fit, each whole; the least telling stand last. */
function cardLine({ cards }: ReportModel, width: number): string {
  const texts = cards.map(({ name, value }) => `${name} ${value}`);
  const gap = ['    ', '   ', '  '].find((blanks) => texts.join(blanks).length <= width) ?? '  ';
  while (texts.join(gap).length > width) texts.pop();
  return texts.join(gap);
}

/** The newest records as they come: few enough that what needs a decision stays in view. */
function newestLines(newest: Newest | undefined, look: Look): ScreenLine[] {
  if (newest === undefined) return [];
  const { colour, columns, rows } = look;
  const text = new LogText({ colour, columns: columns - 2, local: false });
  const shown = newest.rows.slice(rows < 36 ? -4 : -8);
  const signed = newest.signed === undefined ? 'nothing signed yet' : `signed up to #${newest.signed}`;
  return [
    { text: ` ${colour.bold('Newest')}   ${colour.dim(signed)}`, stops: false },
    ...shown.map((view) => ({ text: text.renderAlone(view), stops: true, seq: view.seq })),
    { text: '', stops: false },
  ];
}

function chipLines({ chips }: ReportModel, { colour, columns }: Look): string[] {
  const styles = { ok: colour.green, none: colour.dim, warning: colour.yellow, failed: colour.red };
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { name, state } of chips) {
    const text = `[${CHIP_GLYPHS[state]} ${name}]`;
    if (width > 0 && width + text.length + 2 > columns) {
      lines.push(line);
      [line, width] = ['', 0];
    }
    line += ` ${styles[state](text)}`;
    width += text.length + 1;
  }
  return [...lines, line];
}
