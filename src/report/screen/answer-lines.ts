/** What stands above the tables: the answer, why, how far it can be believed, and the numbers. */
import { CHIP_GLYPHS, headline, otherReasons, signedText } from '../model/headline-text.js';
import type { ReportModel } from '../model/report-model.js';
import { levelColour } from '../policy/policy-text.js';
import { fold } from '../text/fold.js';
import { rule, type Look } from './look.js';

/** Below this many lines for answer and tables, only what fits beside a useful table is shown. */
const LOW = 20;
const REASONS_SHOWN = 3;

interface Answer {
  readonly model: ReportModel;
  /** What goes on; else how much of the journal is signed. */
  readonly status: string | undefined;
  /** Name of the number that is selected. */
  readonly card: string | undefined;
}

export function answerLines({ model, status, card }: Answer, look: Look, height: number): string[] {
  const { colour, columns, spoken } = look;
  const style = levelColour(model.verdict.level, colour).bold;
  const isLow = height < LOW;
  const answer = fold(headline(model), columns - 4).slice(0, 2);
  const reasons = otherReasons(model).flatMap((reason) => fold(reason, columns - 4));
  const basis = fold(status ?? signedText(model), columns - 4).slice(0, 2);
  const lines = [
    rule(look),
    ...answer.map((line, index) => style(`${index === 0 ? ' ' : '   '}${line}`)),
    ...(isLow ? [] : [...reasons.slice(0, REASONS_SHOWN).map((reason) => `   ${reason}`), '']),
    ...chipLines(model, look),
    ...(isLow && status === undefined ? [] : basis.map((line) => colour.dim(`   ${line}`))),
    ...(isLow ? [] : [rule(look)]),
    cardLine(model, card, look),
  ];
  return spoken ? lines.filter((line) => line !== '') : lines;
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

/** As many numbers as fit, each whole, and the selected one among them; the least telling stand last. */
function cardLine({ cards }: ReportModel, selected: string | undefined, { colour, columns, spoken }: Look): string {
  const mark = spoken ? 'selected: ' : '▸';
  const texts = cards.map(({ name, value }) => `${name === selected ? mark : ' '}${name} ${value}`);
  const gap = ['   ', '  ', ' '].find((blanks) => texts.join(blanks).length < columns) ?? ' ';
  const at = cards.findIndex(({ name }) => name === selected);
  let [from, to] = [0, texts.length];
  while (to - from > 1 && texts.slice(from, to).join(gap).length >= columns) {
    if (at === to - 1) from += 1;
    else to -= 1;
  }
  return texts
    .slice(from, to)
    .map((text, index) => (from + index === at ? colour.bold(text) : text))
    .join(gap);
}
