/** What the records tell of bodies: when they were captured, how much was stored, who read one, who was given a copy. */
import type { RecordView } from '../../event/record-view.js';
import { keyNameText, signerText } from '../sentence/record-facts.js';

/** An order to capture, a stored body, a reading, or a grant. What is not recorded, or not any more, is absent. */
export interface BodyEvent {
  /** Of the record that began it. */
  readonly seq: number;
  readonly time?: string;
  /** Name of the officer who says to have signed it. */
  readonly by?: string;
  readonly why?: string;
  /** Of an order and of a grant: how long it was to last. */
  readonly until?: string;
  /** Which bodies an order is limited to. */
  readonly match?: string;
  /** `seq` of the body that was read, or granted. */
  readonly body?: number;
  /** Of a stored body, and of what names one that is known here: `seq` of the call, and which of its bodies. */
  readonly net?: number;
  readonly part?: string;
  readonly protocol?: string;
  /** Name of whom a copy was given. */
  readonly reader?: string;
  /** `opened` or `failed`; a reading without one counts as read. */
  readonly outcome?: string;
  /** When it was over, and by which record; absent where no record says so. */
  readonly ended?: string;
  readonly endedBy?: number;
}

/** As plain data, the oldest first. */
export interface BodyFacts {
  readonly captures: readonly BodyEvent[];
  readonly reads: readonly BodyEvent[];
  readonly grants: readonly BodyEvent[];
  /** The stored bodies. */
  readonly newest: readonly BodyEvent[];
  /** Bytes of what was kept of them. */
  readonly stored: { readonly count: number; readonly bytes: number };
}

/** Of each list; of more, the newest. */
const EVENTS_MAX = 1_024;
const TEXT_CHARS_MAX = 500;

type Loose = { readonly [Name in keyof BodyEvent]?: BodyEvent[Name] | undefined };

class EventList {
  readonly #events = new Map<number, BodyEvent>();

  get all(): readonly BodyEvent[] {
    return [...this.#events.values()].sort((a, b) => a.seq - b.seq).slice(-EVENTS_MAX);
  }

  get(seq: number | undefined): BodyEvent | undefined {
    return seq === undefined ? undefined : this.#events.get(seq);
  }

  /** What is said later is added to what is known; a member that is undefined says nothing. */
  put(seq: number | undefined, facts: Omit<Loose, 'seq'>): void {
    if (seq === undefined) return;
    const said = Object.entries(facts).filter(([, value]) => value !== undefined);
    const cut = said.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, TEXT_CHARS_MAX) : value]);
    this.#events.set(seq, { ...this.#events.get(seq), ...(Object.fromEntries(cut) as object), seq });
    // Not one by one: there may be many, and the oldest has to be looked for.
    if (this.#events.size < 2 * EVENTS_MAX) return;
    const kept = new Set(this.all.map((event) => event.seq));
    for (const known of this.#events.keys()) if (!kept.has(known)) this.#events.delete(known);
  }
}

export class BodyLog {
  readonly #captures = new EventList();
  readonly #reads = new EventList();
  readonly #grants = new EventList();
  readonly #newest = new EventList();
  #stored = { count: 0, bytes: 0 };

  get facts(): BodyFacts {
    const named = (event: BodyEvent): BodyEvent => ({ ...this.#bodyOf(event), ...event });
    return {
      ...{ captures: this.#captures.all, reads: this.#reads.all.map(named), grants: this.#grants.all.map(named) },
      ...{ newest: this.#newest.all, stored: this.#stored },
    };
  }

  /** Records of other kinds say nothing of bodies. */
  add(view: RecordView): void {
    switch (view.kind) {
      case 'state':
        this.#goOn(view);
        break;
      case 'forensics.enable':
        this.#endCapture(view);
        this.#captures.put(view.seq, statementOf(view));
        break;
      case 'forensics.disable':
      case 'forensics.expired':
        this.#endCapture(view);
        break;
      case 'body.stored':
        this.#store({ count: 1, bytes: Math.max(0, view.integer('body', 'bytes') ?? 0) });
        this.#newest.put(view.seq, {
          ...{ time: view.text('time'), net: view.integer('body', 'net') },
          ...{ part: view.text('body', 'part'), protocol: view.text('body', 'protocol') },
        });
        break;
      case 'body.read.intent':
        this.#reads.put(view.seq, statementOf(view));
        break;
      case 'body.read.outcome': {
        const outcome = view.text('statement', 'outcome');
        this.#reads.put(view.integer('statement', 'intent'), { outcome, endedBy: view.seq });
        break;
      }
      case 'grant.add':
        this.#grants.put(view.seq, { ...statementOf(view), reader: keyNameText(view.text('statement', 'reader')) });
        break;
      case 'grant.revoke':
        this.#grants.put(view.integer('statement', 'grant'), { ended: view.text('time'), endedBy: view.seq });
    }
  }

  /** Adds what a later stretch of the same journal tells. */
  merge({ captures, reads, grants, newest, stored }: BodyFacts): void {
    for (const { seq, ...facts } of captures) this.#captures.put(seq, facts);
    for (const { seq, ...facts } of reads) this.#reads.put(seq, facts);
    for (const { seq, ...facts } of grants) this.#grants.put(seq, facts);
    for (const { seq, ...facts } of newest) this.#newest.put(seq, facts);
    this.#store(stored);
  }

  /** Which body a reading or a grant is about; a reader reads a copy, and a grant says of what. */
  #bodyOf({ body }: BodyEvent): Pick<BodyEvent, 'net' | 'part' | 'protocol'> {
    const copied = this.#grants.get(body)?.body;
    const { net, part, protocol } = this.#newest.get(copied ?? body) ?? {};
    const facts = Object.entries({ net, part, protocol }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(facts);
  }

  /** A segment begins with the order in force, so that whoever counts it alone knows what ends in it. */
  #goOn(view: RecordView): void {
    if (view.text('state', 'capture') !== 'on') return;
    const [until, match] = [view.text('state', 'forensics', 'until'), view.text('state', 'forensics', 'match')];
    this.#captures.put(view.integer('state', 'forensics', 'seq'), { until, match });
  }

  /** There is one order at a time: a new one takes the place of the one before. */
  #endCapture(view: RecordView): void {
    const open = this.#captures.all.at(-1);
    if (open !== undefined && open.ended === undefined) {
      this.#captures.put(open.seq, { ended: view.text('time'), endedBy: view.seq });
    }
  }

  #store({ count, bytes }: BodyFacts['stored']): void {
    this.#stored = { count: this.#stored.count + count, bytes: this.#stored.bytes + bytes };
  }
}

/** The officer's own words; whether they are signed is for `verify` to say. */
function statementOf(view: RecordView): Omit<Loose, 'seq'> {
  const text = (name: string): string | undefined => view.text('statement', name);
  return {
    ...{ time: view.text('time'), by: signerText(view), body: view.integer('statement', 'body') },
    ...{ why: text('why'), until: text('until'), match: text('match') },
  };
}
