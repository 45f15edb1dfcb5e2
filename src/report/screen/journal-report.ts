import { countText } from '../text/quantity-text.js';
import { momentText } from '../model/group-text.js';
import type { RecordQuery } from '../model/record-query.js';
import type { ReportModel } from '../model/report-model.js';
import type { ReportSource } from '../model/report-source.js';
import { ExportScreen } from './export-screen.js';
import { newestRows, type Newest } from './newest-rows.js';
import { RecordList } from './record-list.js';
import type { ReportView } from './report-screen.js';
import type { Stage } from './screen.js';
import { recordScreen } from './record-screen.js';
import { ruleLines } from './rule-lines.js';
import { Sparkline } from './sparkline.js';
import { TextScreen } from './text-screen.js';
import { isCountedByTime, timeLines } from './time-lines.js';

/** Longest that one look for new records takes: a frame. */
const LOOK_MS = 20;

/** As many as leave room for tables on a low screen. */
const NEWEST_ROWS = 8;

/** One journal on the screen: its model, and what is going on with it. */
export class JournalReport implements ReportView {
  model: ReportModel;
  readonly source: ReportSource;
  readonly #stage: Stage;
  readonly #spark = new Sparkline();
  #verifying: number | undefined;
  /** What a verification from inside came to, and when; undefined where none was possible: the model says why. */
  #checked: string | undefined;
  #isFollowing = false;
  #pausedAt: number | undefined;
  #list: RecordList | undefined;
  #newest: Newest | undefined;

  constructor(stage: Stage, source: ReportSource) {
    this.#stage = stage;
    this.source = source;
    this.model = source.model();
  }

  get status(): string | undefined {
    if (this.#verifying !== undefined) return `verifying … ${Math.floor(this.#verifying * 100)}%`;
    if (this.#pausedAt !== undefined) {
      const behind = this.source.traffic.rollup.records - this.#pausedAt;
      return `paused · ${countText(behind, 'newer record')} · space goes on`;
    }
    if (this.#isFollowing) {
      const { ended } = this.model.runs.at(-1) ?? {};
      const state = ended === undefined ? 'following' : 'following; the newest run is over';
      return `${state} · ${this.#spark.text(Date.now())} calls a second`;
    }
    return this.#checked;
  }

  /** Only while it is followed; while it is paused, what was the newest then. */
  get newest(): Newest | undefined {
    return this.#isFollowing ? this.#newest : undefined;
  }

  openRecord(seq: number): void {
    this.#stage.push(recordScreen(this.#stage, this.source.directory, this.source.options.judging, seq));
  }

  open(title: string, query: RecordQuery): void {
    const { judging, run = query.run } = this.source.options;
    const options = { directory: this.source.directory, query, judging, ...(run === undefined ? {} : { run }) };
    this.#list = new RecordList(this.#stage, title, options);
    this.#stage.push(this.#list);
  }

  openTimes(title: string, query: RecordQuery): void {
    const { rollup } = this.source.traffic;
    if (!isCountedByTime(query)) {
      this.#stage.say('Only calls are counted by the hour, whether they failed or not.');
      return;
    }
    this.#stage.push(new TextScreen(this.#stage, `over time, ${title}`, (look) => timeLines(rollup, query, look)));
  }

  openRule(query: RecordQuery): void {
    this.#stage.push(new TextScreen(this.#stage, 'the rule to add', (look) => ruleLines(query, look)));
  }

  command(character: string): boolean {
    switch (character) {
      case 'u':
        if (this.model.policy === undefined) this.open('outbound calls', { kind: 'net', direction: 'egress' });
        else this.open('unexpected calls', { kind: 'net', classes: ['unexpected', 'alarm'] });
        return true;
      case '/':
        this.open('all records', {});
        return true;
      case 'v':
        void this.#verify();
        return true;
      case 'e':
        this.#stage.push(new ExportScreen(this.#stage, this.model));
        return true;
      case 'f':
        this.follow(!this.#isFollowing);
        return true;
      case ' ':
        if (this.#isFollowing) this.#pause();
        return this.#isFollowing;
      default:
        return false;
    }
  }

  follow(isOn: boolean): void {
    this.#isFollowing = isOn;
    this.#pausedAt = undefined;
    if (isOn) this.#refresh();
  }

  /** Takes in what was recorded since; called some times a second while the report is open. */
  look(): void {
    if (!this.#isFollowing) return;
    const { rollup } = this.source.traffic;
    const before = rollup.records;
    const until = performance.now() + LOOK_MS;
    for (const step of this.source.advance()) {
      if (performance.now() > until || step.done === step.total) break;
    }
    if (this.#pausedAt === undefined && rollup.records !== before) {
      const calls = (model: ReportModel): number => model.cards[0]?.value ?? 0;
      const known = calls(this.model);
      this.#refresh();
      this.#spark.add(Date.now(), calls(this.model) - known);
      this.#list?.refresh();
    }
    this.#stage.changed();
  }

  #pause(): void {
    const { records } = this.source.traffic.rollup;
    this.#pausedAt = this.#pausedAt === undefined ? records : undefined;
    if (this.#pausedAt === undefined) this.#refresh();
  }

  #refresh(): void {
    this.model = this.source.model();
    this.#newest = newestRows(this.source.directory, NEWEST_ROWS);
  }

  async #verify(): Promise<void> {
    if (this.#verifying !== undefined) return;
    this.#verifying = 0;
    this.#stage.changed();
    try {
      const { verdict } = await this.source.verify((share) => {
        this.#verifying = share;
        this.#stage.changed();
      });
      const at = momentText(`${new Date().toISOString().slice(0, -1)}000Z`);
      this.#checked =
        verdict === 'NOT_CHECKED'
          ? undefined
          : `${verdict === 'NOT_VERIFIED' ? 'did not verify' : 'verified'} at ${at}`;
    } catch (error) {
      this.#stage.say(`✗ ${error instanceof Error ? error.message : 'the verification failed'}`);
    }
    this.#verifying = undefined;
    this.model = this.source.model();
    this.#stage.changed();
  }
}
