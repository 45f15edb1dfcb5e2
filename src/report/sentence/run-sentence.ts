/** What the two ends of a run, its gaps, and corrections of its rows say. */
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';
import { endpointText } from '../text/endpoint-text.js';
import { bytesText, countText, durationText } from '../text/quantity-text.js';

export function reconcileSentence(view: RecordView): string {
  const rows = view.integers('rows').map((seq) => `#${seq}`);
  if (view.text('what') === 'same_call') return `${rows.join(' and ')} are one call, which both observers saw`;
  const address = view.text('peer', 'address');
  const where = address === undefined ? 'elsewhere' : `to ${endpointText(address, view.integer('peer', 'port'))}`;
  return `${rows.join(', ')} went ${where}, not where the record says: its address was changed under the observer`;
}

export function endSentence(view: RecordView): string {
  const [sent, received] = [view.integer('egress', 'sent'), view.integer('egress', 'received')];
  const duration = view.integer('event', 'duration');
  const isOpen = view.flag('egress', 'open');
  const state = isOpen
    ? 'was still open when the recording ended'
    : `ended: ${printable(view.text('event', 'outcome') ?? '?', { max: 16 })}`;
  const facts = [
    `#${view.integer('ends') ?? '?'} ${state}`,
    ...(sent === undefined ? [] : [`sent ${bytesText(sent)}`]),
    ...(received === undefined ? [] : [`received ${bytesText(received)}`]),
    ...(duration === undefined ? [] : [`after ${durationText(duration)}`]),
  ];
  return `${facts.join(', ')}${isOpen && facts.length > 1 ? ' so far' : ''}`;
}

export function gapSentence(view: RecordView): string {
  const reason = printable(view.text('gap', 'reason') ?? '?', { max: 40 });
  const count = view.integer('gap', 'count');
  const executable = view.text('gap', 'executable');
  const who = executable === undefined ? '' : ` (${printable(executable, { max: 200 })})`;
  return `not recorded: ${count ?? '?'} × ${reason}${who}`;
}

export function openSentence(view: RecordView): string {
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

export function closeSentence(view: RecordView): string {
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

export function recoveredSentence(view: RecordView): string {
  const [first, last] = view.integers('recovered', 'unproven');
  const torn = view.integer('recovered', 'torn_bytes') ?? 0;
  const range = first === undefined || last === undefined ? 'no record' : `#${first} to #${last}`;
  return `the run before was interrupted: ${range} unproven, ${bytesText(torn)} torn`;
}
