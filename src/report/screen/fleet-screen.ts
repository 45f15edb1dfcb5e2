import { fleetCells, fleetLine, FLEET_COLUMNS } from '../fleet-text.js';
import { buildFleet } from '../model/fleet.js';
import { levelColour } from '../policy/policy-text.js';
import { countText } from '../text/quantity-text.js';
import { tableLines } from '../text/table.js';
import type { JournalReport } from './journal-report.js';
import { rule, type Look } from './look.js';
import { ReportScreen } from './report-screen.js';
import { moveOf, type Key, type Screen, type Stage } from './screen.js';
import { Scroller, type BodyLine } from './scroller.js';

/** Several journals, the worst verdict on top; each opens its own report. */
export class FleetScreen implements Screen {
  readonly keys = [
    ['↑↓', 'move'],
    ['⏎', 'open'],
    ['?', 'help'],
    ['q', 'quit'],
  ] as const;
  readonly #stage: Stage;
  readonly #journals: readonly JournalReport[];
  readonly #scroller = new Scroller();
  #lines: readonly BodyLine[] = [];
  #shown: readonly JournalReport[] = [];

  constructor(stage: Stage, journals: readonly JournalReport[]) {
    this.#stage = stage;
    this.#journals = journals;
  }

  get title(): string {
    return countText(this.#journals.length, 'journal');
  }

  body(look: Look, height: number): readonly string[] {
    const { colour, columns } = look;
    const fleet = buildFleet(this.#journals.map(({ model }) => model));
    const { verdict, reports } = fleet;
    const answer = levelColour(verdict.level, colour).bold(` ${fleetLine(fleet)}`);
    const [titles = '', ...rows] = tableLines(FLEET_COLUMNS, reports.map(fleetCells), columns - 3);
    this.#shown = reports.flatMap((model) => this.#journals.filter((journal) => journal.model === model));
    this.#lines = rows.map((text) => ({ text, stops: true }));
    const head = [rule(look), answer, rule(look), colour.dim(`  ${titles}`)];
    const { lines, cursor } = this.#scroller.view(this.#lines, Math.max(1, height - head.length));
    const mark = look.spoken ? 'selected: ' : '▸ ';
    return [...head, ...lines.map(({ text }, at) => (at === cursor ? colour.bold(`${mark}${text}`) : `  ${text}`))];
  }

  press(key: Key, height: number): void {
    const move = moveOf(key);
    if (move !== undefined) this.#scroller.move(this.#lines, move, Math.max(1, height - 4));
    const journal = this.#shown[this.#scroller.cursor(this.#lines)];
    if (key === 'enter' && journal !== undefined) this.#stage.push(new ReportScreen(this.#stage, journal));
  }
}
