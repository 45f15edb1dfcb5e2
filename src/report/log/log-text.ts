import { truncate } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';
import { bytesOf, isInboundCall } from '../stored/call-facts.js';
import { targetText } from '../text/endpoint-text.js';
import { isUnexplained } from './log-filter.js';
import { layOut, leadText, logWidths, type Cells, type LogWidths } from './log-columns.js';
import { bytesText, durationText } from '../text/quantity-text.js';
import type { Palette } from '../text/palette.js';
import { isBookkeeping, sentenceOf, type Said } from '../sentence/record-sentence.js';
import { momentOf } from '../text/time-text.js';

export interface LogStyle {
  readonly colour: Palette;
  /** Columns of the terminal; undefined for a reader that has no width. */
  readonly columns: number | undefined;
  /** Times in the local zone and not in UTC. */
  readonly local: boolean;
}

/** Renders `log -o short`: calls as table rows, runs and gaps as sentences, a heading where the day changes. */
export class LogText {
  readonly #style: LogStyle;
  readonly #widths: LogWidths;
  #day = '';

  constructor(style: LogStyle) {
    this.#style = style;
    this.#widths = logWidths(style.columns, style.local);
  }

  /** The lines of one record, without a final newline; undefined for the kinds that the short form leaves out. */
  render(view: RecordView): string | undefined {
    const body = this.#body(view);
    if (body === undefined) return undefined;
    const { day } = momentOf(view.text('time'), this.#style.local);
    if (day === this.#day) return body;
    this.#day = day;
    return `${this.#style.colour.bold(`${day}${this.#style.local ? '' : ' UTC'}`)}\n${body}`;
  }

  /** One line for a record of any kind, whatever stands before it. */
  renderAlone(view: RecordView): string {
    return view.kind === 'net' ? this.#row(view) : this.#sentence(view, sentenceOf(view));
  }

  /** A line that is no record at all. */
  renderBroken(where: string): string {
    return this.#style.colour.red(`${' '.repeat(this.#widths.clock + 8)}✗ not a record: ${where}`);
  }

  #body(view: RecordView): string | undefined {
    return isBookkeeping(view.kind) ? undefined : this.renderAlone(view);
  }

  #sentence(view: RecordView, { mood, glyph, text }: Said): string {
    const { colour, columns, local } = this.#style;
    const lead = leadText(seqText(view), momentOf(view.text('time'), local).clock, this.#widths);
    const shown = columns === undefined ? text : truncate(text, Math.max(20, columns - lead.length - 3));
    const styles = { plain: colour.dim, good: colour.bold, warning: colour.yellow, bad: colour.red };
    return `${colour.dim(lead)} ${styles[mood](`${glyph} ${shown}`)}`;
  }

  #row(view: RecordView): string {
    const { colour } = this.#style;
    const mood = moodOf(view);
    return layOut(cellsOf(view, this.#style.local), this.#widths, (name, text) => {
      if (name === 'clock' || name === 'duration' || name === 'arrow') return colour.dim(text);
      if (name === 'package') return text.trimEnd() === UNATTRIBUTED ? colour.yellow(text) : colour.cyan(text);
      if (name !== 'status') return text;
      if (mood === 'bad') return colour.red(text);
      return mood === 'warning' ? colour.yellow(text) : colour.green(text);
    });
  }
}

const UNATTRIBUTED = '?';

function seqText(view: RecordView): string {
  return view.seq === undefined ? '#?' : `#${view.seq}`;
}

function moodOf(view: RecordView): 'good' | 'warning' | 'bad' {
  const status = view.integer('http', 'response', 'status_code');
  const outcome = view.text('event', 'outcome');
  if (outcome === 'failure' || isUnexplained(view) || (status !== undefined && status >= 500)) return 'bad';
  return outcome === 'unknown' || (status !== undefined && status >= 400) ? 'warning' : 'good';
}

function statusText(view: RecordView): string {
  const status = view.integer('http', 'response', 'status_code');
  if (status !== undefined) return String(status);
  const outcome = view.text('event', 'outcome');
  if (outcome === 'success') return 'ok';
  return outcome === 'failure' ? 'err' : '?';
}

export function cellsOf(view: RecordView, local: boolean): Cells {
  const error = view.text('error', 'type') ?? (isUnexplained(view) ? view.text('egress', 'reason') : undefined);
  const { sent, received } = bytesOf(view);
  const duration = view.integer('event', 'duration');
  const size = (arrow: string, bytes: number | undefined): string => {
    return bytes === undefined ? '' : `${arrow} ${bytesText(bytes)}`;
  };
  return {
    seq: seqText(view),
    clock: momentOf(view.text('time'), local).clock,
    arrow: isInboundCall(view) ? '←' : '→',
    status: statusText(view),
    method: printable(
      view.text('http', 'request', 'method') ??
        view.text('network', 'protocol') ??
        view.text('egress', 'channel') ??
        '?',
      { max: 16 },
    ),
    target: `${error === undefined ? '' : `${printable(error, { max: 40 })} `}${targetText(view)}`,
    package: whoText(view),
    sent: size('↑', sent),
    received: size('↓', received),
    duration: view.flag('egress', 'open') ? 'open' : duration === undefined ? '' : durationText(duration),
  };
}

/** The package; a program without packages in brackets, behind the package that started it; unknown. */
function whoText(view: RecordView): string {
  const name = view.text('package', 'name');
  const program = view.text('process', 'name');
  const shown = program === undefined ? [] : [`[${printable(program, { max: 212 })}]`];
  if (name === undefined) return shown[0] ?? UNATTRIBUTED;
  return [printable(name, { max: 214 }), ...shown].join(' ');
}
