import type { RecordView } from '../../event/record-view.js';

/** One `egress run` as its two records tell it; a run without end was interrupted, or goes on. */
export interface RunFacts {
  readonly number: number;
  readonly command?: string;
  readonly args?: number;
  readonly began?: string;
  readonly ended?: string;
  readonly exitCode?: number;
  readonly exitSignal?: string;
  /** Observers that were at work. */
  readonly observers: readonly string[];
  /** The journal's own count of calls that came from egress; has to be 0. */
  readonly self?: number;
}

/** Runs that are kept; of more, the newest. */
const RUNS_MAX = 1_024;

export class RunLog {
  readonly #runs = new Map<number, RunFacts>();
  /** Runs that were seen, kept or not. */
  count = 0;

  get all(): readonly RunFacts[] {
    return [...this.#runs.values()].sort((a, b) => a.number - b.number);
  }

  get newest(): RunFacts | undefined {
    return this.all.at(-1);
  }

  add(view: RecordView): void {
    const number = view.integer('run', 'number');
    if (number !== undefined) this.put(view.kind === 'run.open' ? opened(view, number) : closed(view, number));
  }

  merge(later: RunLog): void {
    for (const run of later.all) this.put(run);
  }

  put(run: RunFacts): void {
    const known = this.#runs.get(run.number);
    if (known === undefined) this.count += 1;
    const observers = run.observers.length > 0 ? run.observers : (known?.observers ?? []);
    this.#runs.set(run.number, { ...known, ...run, observers });
    if (this.#runs.size > RUNS_MAX) this.#runs.delete(Math.min(...this.#runs.keys()));
  }
}

function opened(view: RecordView, number: number): RunFacts {
  const [command, began] = [view.text('run', 'command', 'argv0'), view.text('time')];
  const args = view.integer('run', 'command', 'args');
  return {
    number,
    ...(command === undefined ? {} : { command: command.slice(0, 1_024) }),
    ...(args === undefined ? {} : { args }),
    ...(began === undefined ? {} : { began }),
    observers: observersOf(view),
  };
}

/** Observers that were at work, by a `run.open`. */
export function observersOf(view: RecordView): readonly string[] {
  return view
    .views('observers')
    .filter((observer) => observer.flag('active'))
    .map((observer) => observer.text('name')?.slice(0, 16) ?? '?')
    .slice(0, 8);
}

function closed(view: RecordView, number: number): RunFacts {
  const [ended, exitSignal] = [view.text('time'), view.text('exit', 'signal')];
  const [exitCode, self] = [view.integer('exit', 'code'), view.integer('counts', 'self')];
  return {
    number,
    ...(ended === undefined ? {} : { ended }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(exitSignal === undefined ? {} : { exitSignal: exitSignal.slice(0, 16) }),
    observers: [],
    ...(self === undefined ? {} : { self }),
  };
}
