import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { ExpectedHead } from '../../audit/heads/expected-head.js';
import type { PinnedKey } from '../../audit/heads/pinned-key.js';
import { scanSegments } from '../../audit/scan-pool.js';
import type { ScanTask, SegmentScan } from '../../audit/segments/segment-scan.js';
import { verifyJournal } from '../../audit/verify-journal.js';
import type { Verification } from '../../audit/verification.js';
import { verifySignature } from '../../keys/ed25519.js';
import type { Judging } from '../policy/judging.js';
import { RollupCache } from '../rollup/rollup-cache.js';
import { Traffic, type Progress } from '../rollup/traffic.js';
import type { Verdict } from '../../verdict/verdict.js';
import { journalVerdict } from './journal-verdict.js';
import { buildReport, type ReportModel } from './report-model.js';

export interface ReportOptions {
  /** As the user named it. */
  readonly journal: string;
  readonly run?: number;
  readonly judging: Judging;
  /** Folder of the reader's cache; absent: everything is counted afresh. */
  readonly cacheBase?: string;
  /** @param directory real path of the journal */
  readonly pin: (directory: string) => PinnedKey | undefined;
  readonly expected?: ExpectedHead;
  /** Whether somebody writes to the journal right now. @param directory real path of the journal */
  readonly isRecorded?: (directory: string) => boolean;
}

/** One journal as a report sees it: counted, and verified when that is asked for. */
export class ReportSource {
  readonly directory: string;
  readonly options: ReportOptions;
  readonly traffic: Traffic;
  verification: Verification | undefined;

  /** @throws JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE */
  constructor(options: ReportOptions) {
    this.options = options;
    this.directory = realPath(options.journal);
    const { judging, cacheBase, run } = options;
    this.traffic = new Traffic(this.directory, {
      judge: judging.judge,
      ...(run === undefined ? {} : { run }),
      ...(cacheBase === undefined ? {} : { cache: new RollupCache(cacheBase, this.directory, judging.digest) }),
    });
  }

  /** Takes in what is there and not yet counted. */
  advance(): Generator<Progress, void> {
    return this.traffic.advance();
  }

  /** @param onProgress told of the share that is done */
  async verify(onProgress: (share: number) => void = () => undefined): Promise<Verification> {
    const { pin, expected } = this.options;
    this.verification = await verifyJournal({
      directory: this.directory,
      pinned: pin(this.directory),
      expected,
      verify: verifySignature,
      scan: (tasks) => scanInSteps(tasks, onProgress),
    });
    return this.verification;
  }

  model(): ReportModel {
    const { journal, judging } = this.options;
    const { traffic, verification } = this;
    return buildReport({ journal, rollup: traffic.rollup, verification, judging, isRecorded: this.#isRecorded() });
  }

  #isRecorded(): boolean {
    return this.options.isRecorded?.(this.directory) ?? false;
  }

  /** What is known of it now, in a word. */
  verdict(): Verdict {
    const { judging } = this.options;
    const { traffic, verification } = this;
    return journalVerdict({
      ...{ rollup: traffic.rollup, verification, isRecorded: this.#isRecorded() },
      termsOf: ({ policy }) => judging.policyFor(policy),
    });
  }
}

/** Segments at once; enough to keep every worker busy for a while. */
const SEGMENTS_PER_STEP = 8;

async function scanInSteps(
  tasks: readonly ScanTask[],
  onProgress: (share: number) => void,
): Promise<readonly SegmentScan[]> {
  const scans: SegmentScan[] = [];
  for (let at = 0; at < tasks.length; at += SEGMENTS_PER_STEP) {
    scans.push(...(await scanSegments(tasks.slice(at, at + SEGMENTS_PER_STEP))));
    onProgress(scans.length / tasks.length);
  }
  return scans;
}

/** The key directory goes by it. A path that does not exist stays as it is, and is found missing later. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return path.resolve(directory);
  }
}
