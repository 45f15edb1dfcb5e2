import { truncate } from '../core/display-width.js';
import { printable } from '../core/printable.js';
import type { RecordView } from '../event/record-view.js';
import { bytesOf, isInboundCall } from './call-facts.js';
import { endpointText, targetText } from './endpoint-text.js';
import { isUnexplained } from './log-filter.js';
import { layOut, leadText, logWidths, type Cells, type LogWidths } from './log-columns.js';
import { bytesText, countText, durationText } from './quantity-text.js';
import type { Palette } from './palette.js';
import { statementSentence } from './statement-text.js';
import { momentOf } from './time-text.js';

export interface LogStyle {
  readonly colour: Palette;
  /** Columns of the terminal; undefined for a reader that has no width. */
  readonly columns: number | undefined;
  /** Times in the local zone and not in UTC. */
  readonly local: boolean;
}

type Mood = 'plain' | 'good' | 'warning' | 'bad';

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
    return (
      this.#body(view) ?? this.#sentence(view, { mood: 'plain', glyph: '·', text: printable(view.kind, { max: 32 }) })
    );
  }

  /** A line that is no record at all. */
  renderBroken(where: string): string {
    return this.#style.colour.red(`${' '.repeat(this.#widths.clock + 8)}✗ not a record: ${where}`);
  }

  #body(view: RecordView): string | undefined {
    if (view.kind === 'net') return this.#row(view);
    const said = sentenceOf(view);
    return said === undefined ? undefined : this.#sentence(view, said);
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

/** What a record that is no call says. */
interface Said {
  readonly mood: Mood;
  readonly glyph: string;
  readonly text: string;
}

/** Undefined for the kinds that the short form leaves out. */
export function sentenceOf(view: RecordView): Said | undefined {
  const [mood, glyph, text] = saidBy(view) ?? [];
  return mood === undefined || glyph === undefined || text === undefined ? undefined : { mood, glyph, text };
}

function saidBy(view: RecordView): readonly [mood: Mood, glyph: string, text: string] | undefined {
  switch (view.kind) {
    case 'net.end':
      return ['plain', '·', endSentence(view)];
    case 'gap':
      return ['warning', '!', gapSentence(view)];
    case 'reconcile':
      return [view.text('what') === 'same_call' ? 'plain' : 'bad', '≠', reconcileSentence(view)];
    case 'run.open':
      return ['good', '▶', openSentence(view)];
    case 'run.close':
      return ['good', '■', closeSentence(view)];
    case 'recovered':
      return ['warning', '!', recoveredSentence(view)];
    case 'hold':
    case 'release':
    case 'vacuum':
    case 'roles':
    case 'session.open':
      return ['plain', '·', statementSentence(view)];
    default:
      return undefined;
  }
}

const UNATTRIBUTED = '?';

function seqText(view: RecordView): string {
  return view.seq === undefined ? '#?' : `#${view.seq}`;
}

function moodOf(view: RecordView): Mood {
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

function reconcileSentence(view: RecordView): string {
  const rows = view.integers('rows').map((seq) => `#${seq}`);
  if (view.text('what') === 'same_call') return `${rows.join(' and ')} are one call, which both observers saw`;
  const address = view.text('peer', 'address');
  const where = address === undefined ? 'elsewhere' : `to ${endpointText(address, view.integer('peer', 'port'))}`;
  return `${rows.join(', ')} went ${where}, not where the record says: its address was changed under the observer`;
}

function endSentence(view: RecordView): string {
  const [sent, received] = [view.integer('egress', 'sent'), view.integer('egress', 'received')];
  const duration = view.integer('event', 'duration');
  const facts = [
    `#${view.integer('ends') ?? '?'} ended: ${printable(view.text('event', 'outcome') ?? '?', { max: 16 })}`,
    ...(sent === undefined ? [] : [`sent ${bytesText(sent)}`]),
    ...(received === undefined ? [] : [`received ${bytesText(received)}`]),
    ...(duration === undefined ? [] : [`after ${durationText(duration)}`]),
  ];
  return facts.join(', ');
}

function gapSentence(view: RecordView): string {
  const reason = printable(view.text('gap', 'reason') ?? '?', { max: 40 });
  const count = view.integer('gap', 'count');
  const executable = view.text('gap', 'executable');
  const who = executable === undefined ? '' : ` (${printable(executable, { max: 200 })})`;
  return `not recorded: ${count ?? '?'} × ${reason}${who}`;
}

function openSentence(view: RecordView): string {
  const args = view.integer('run', 'command', 'args') ?? 0;
  const argv0 = printable(view.text('run', 'command', 'argv0') ?? '?', { max: 200 });
  const observers = view.views('observers').map((observer) => {
    const name = printable(observer.text('name') ?? '?', { max: 16 });
    if (observer.flag('active')) return name;
    return `no ${name} (${printable(observer.text('reason') ?? '?', { max: 40 })})`;
  });
  const command = args === 0 ? argv0 : `${argv0} with ${countText(args, 'argument')}`;
  return `run ${view.integer('run', 'number') ?? '?'} began: ${command}, observed by ${observers.join(', ') || 'nothing'}`;
}

function closeSentence(view: RecordView): string {
  const signal = view.text('exit', 'signal');
  const calls = view.integer('counts', 'calls') ?? 0;
  const lost = view.integer('counts', 'lost') ?? 0;
  const how =
    signal === undefined
      ? `exited ${view.integer('exit', 'code') ?? '?'}`
      : `ended by ${printable(signal, { max: 16 })}`;
  const missing = lost === 0 ? '' : `, ${lost} not recorded`;
  const unexplained = view.integer('counts', 'unexplained') ?? 0;
  const odd = unexplained === 0 ? '' : `, ${unexplained} unexplained`;
  return `run ${view.integer('run', 'number') ?? '?'} over: program ${how}, ${countText(calls, 'call')}${missing}${odd}`;
}

function recoveredSentence(view: RecordView): string {
  const [first, last] = view.integers('recovered', 'unproven');
  const torn = view.integer('recovered', 'torn_bytes') ?? 0;
  const range = first === undefined || last === undefined ? 'no record' : `#${first} to #${last}`;
  return `the run before was interrupted: ${range} unproven, ${bytesText(torn)} torn`;
}
