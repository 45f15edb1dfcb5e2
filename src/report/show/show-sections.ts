import { askedByOf } from '../rollup/call-flow.js';
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';
import { bytesOf } from '../stored/call-facts.js';
import { endpointText, hostText, targetText } from '../text/endpoint-text.js';
import { bytesText, countText, durationText } from '../text/quantity-text.js';
import { dependentsText } from '../model/group-text.js';
import { explanationText } from '../text/kernel-text.js';
import type { RecordContext } from '../stored/record-context.js';
import { timeText } from '../text/time-text.js';

/** `good` and `bad`: something that was checked, and how that went. */
export type Row = readonly [name: string, value: string, mood?: 'good' | 'bad'];

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** A row only where there is something to say. */
export function row(name: string, value: string | undefined): readonly Row[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

export const text = (value: string | undefined, max = 1_024): string | undefined =>
  value === undefined ? undefined : printable(value, { max });

const bytes = (value: number | undefined): string | undefined => (value === undefined ? undefined : bytesText(value));

const OBSERVERS: Readonly<Record<string, string>> = {
  both: 'both observers',
  hooks: 'the hooks',
  kernel: 'the kernel observer',
};

function because(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : (explanationText(reason) ?? text(reason, 64));
}

function what({ view, run, end }: RecordContext): Section {
  const inbound = view.text('network', 'direction') === 'ingress';
  const protocol = text(view.text('network', 'protocol'), 32);
  const error = text(end?.text('error', 'type') ?? view.text('error', 'type'), 64);
  const outcome = text(end?.text('event', 'outcome') ?? view.text('event', 'outcome'), 16) ?? '?';
  return {
    title: 'What',
    rows: [
      ...row('call', `${inbound ? 'inbound' : 'outbound'}, through ${text(view.text('egress', 'channel'), 16) ?? '?'}`),
      ...row('protocol', protocol),
      ...row('outcome', error === undefined ? outcome : `${outcome}: ${error}`),
      ...row('seen by', OBSERVERS[view.text('egress', 'observer') ?? '']),
      ...row('because', because(view.text('egress', 'reason'))),
      ...row('began', timeText(view.text('time'), false)),
      ...row('run', run === undefined ? undefined : String(run)),
    ],
  };
}

function where({ view }: RecordContext): Section {
  const server = view.text('server', 'address');
  const peer = view.text('network', 'peer', 'address');
  const local = view.integer('network', 'local', 'port');
  const claimed = view.text('client', 'address');
  const peerPort = view.integer('network', 'peer', 'port');
  return {
    title: 'Where',
    rows: [
      ...row('named', server === undefined ? undefined : endpointText(server, view.integer('server', 'port'))),
      ...row('address', peer === undefined ? undefined : endpointText(peer, peerPort)),
      ...row('local port', local === undefined ? undefined : String(local)),
      ...row('client', claimed === undefined ? undefined : `${hostText(claimed)}, as the request claims`),
      ...row('path', text(view.text('url', 'path'))),
      ...row('question', view.has('dns') ? targetText(view) : undefined),
    ],
  };
}

function headerNames(fields: readonly (readonly (string | number)[])[]): string {
  return fields
    .map(([name = '?', value]) => {
      const shown = printable(String(name), { max: 128 });
      return value === undefined || value === '***' ? shown : `${shown}: ${printable(String(value), { max: 256 })}`;
    })
    .join(', ');
}

function headerSection({ headers }: RecordContext): Section {
  if (headers === undefined) return { title: 'Headers', rows: [] };
  const rows = [
    ...row('request', headerNames(headers.tuples('headers', 'request'))),
    ...row('response', headerNames(headers.tuples('headers', 'response'))),
  ];
  const cut = headers.integer('headers', 'cut') ?? 0;
  if (rows.length > 0) rows.push(['values', 'masked where only a name is shown']);
  if (cut > 0) rows.push(['cut off', `${cut} more`]);
  return { title: 'Headers', rows };
}

function who({ view, site }: RecordContext): Section {
  const name = site?.text('package', 'name') ?? view.text('package', 'name');
  const version = site?.text('package', 'version');
  const { askedBy } = askedByOf(site);
  const chain = site?.texts('site', 'chain').map((item) => printable(item, { max: 214 })) ?? [];
  const frames = site?.tuples('site', 'frames') ?? [];
  const culprit = text(name, 214);
  // The program made the call itself; the site is where a package started it.
  const program = text(view.text('process', 'name'), 214);
  const at = program === undefined ? 'called at' : 'started at';
  return {
    title: 'Who',
    rows: [
      ...row(
        'package',
        culprit === undefined
          ? 'not attributed'
          : `${culprit}${version === undefined ? '' : ` ${printable(version, { max: 64 })}`}`,
      ),
      ...row('made by', program),
      ...row('purl', text(site?.text('package', 'purl'))),
      ...row('asked by', askedBy === undefined ? undefined : dependentsText(askedBy)),
      ...row('stack', chain.join(' → ')),
      ...row('confidence', text(site?.text('site', 'confidence'), 16)),
      ...frames.toReversed().flatMap(([file, line, functionName], index) => {
        const place = `${printable(String(file ?? '?'))}:${printable(String(line ?? '?'), { max: 16 })}`;
        const called =
          functionName === undefined || functionName === '' ? '' : `  ${printable(String(functionName), { max: 128 })}`;
        return row(index === 0 ? at : '', `${place}${called}`);
      }),
    ],
  };
}

const IDENTITIES: Readonly<Record<string, string>> = {
  peer: 'named by the system',
  claimed: 'as the process says of itself',
  kernel: 'named by the kernel observer',
};

/** Name, and options without their values; those may carry secrets and are not recorded. */
function startedAs(process: RecordView): string | undefined {
  const argv0 = text(process.text('process', 'argv0'));
  const args = process.integer('process', 'args') ?? 0;
  if (argv0 === undefined || args === 0) return argv0;
  const options = process.texts('process', 'options').map((option) => printable(option, { max: 64 }));
  return `${argv0} with ${countText(args, 'argument')}${options.length === 0 ? '' : `: ${options.join(' ')} …`}`;
}

export function processSection({ process }: RecordContext): Section {
  if (process === undefined) return { title: 'Process', rows: [] };
  const identity = process.text('process', 'identity') ?? '';
  const thread = process.integer('process', 'thread');
  return {
    title: 'Process',
    rows: [
      ...row('pid', `${process.integer('process', 'pid') ?? '?'}, ${IDENTITIES[identity] ?? 'identity unknown'}`),
      ...row('parent', String(process.integer('process', 'parent_pid') ?? '?')),
      ...row('program', text(process.text('process', 'executable'))),
      ...row('started as', startedAs(process)),
      ...row('ancestors', process.integers('process', 'ancestry').join(' ← ')),
      ...row('node', text(process.text('process', 'node'), 64)),
      ...row('thread', thread === undefined ? undefined : thread === 0 ? 'main' : String(thread)),
    ],
  };
}

const PHASES = ['look-up', 'connect', 'TLS', 'first byte'];

/** Of a call whose end is not recorded: what is known of it are no totals. */
function openText(view: RecordView, end: RecordView | undefined): string | undefined {
  if (end?.flag('egress', 'open') === true)
    return `still open when the recording ended (#${end.seq ?? '?'}): bytes are those so far`;
  if (!view.flag('egress', 'open') || end !== undefined) return undefined;
  return 'open when this was written; bytes are those so far, no end is recorded';
}

function sizes({ view, end }: RecordContext): Section {
  const { sent, received } = bytesOf(view, end);
  const duration = end?.integer('event', 'duration') ?? view.integer('event', 'duration');
  const phases = view
    .integers('egress', 'phases_us')
    .slice(0, PHASES.length)
    .flatMap((micros, index) => (micros < 0 ? [] : [`${PHASES[index] ?? '?'} ${durationText(micros * 1000)}`]));
  const body = text(view.text('egress', 'body'), 64);
  return {
    title: 'Size and time',
    rows: [
      ...row('sent', bytes(sent)),
      ...row('received', bytes(received)),
      ...row('took', duration === undefined ? undefined : durationText(duration)),
      ...row('of that', phases.join(', ')),
      ...row('connection', view.flag('egress', 'reused') ? 'used before by an earlier call' : undefined),
      ...row('state', openText(view, end)),
      ...row('ended in', end?.seq === undefined || end.flag('egress', 'open') ? undefined : `#${end.seq}`),
      ...row(
        'fingerprint',
        body === undefined ? undefined : `${body}, of the request body, as the program reported it`,
      ),
    ],
  };
}

/** The sections of a call, in the order in which they are shown; one without rows has nothing to say. */
export function callSections(context: RecordContext): readonly Section[] {
  return [what, where, headerSection, who, processSection, sizes].map((section) => section(context));
}
