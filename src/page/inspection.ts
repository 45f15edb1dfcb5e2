/**
 * All that a page shows of a journal, worked out from its files: by `egress export` when it writes the page, and by the
 * page itself in the reader's browser.
 */
import type { VerifyOptions } from '../audit/evidence.js';
import type { ExpectedHead } from '../audit/heads/expected-head.js';
import type { Verification } from '../audit/verification.js';
import { verifyJournal } from '../audit/verify-journal.js';
import { verifySignature } from '../keys/ed25519.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import { buildReport, type ReportModel } from '../report/model/report-model.js';
import type { Judging } from '../report/policy/judging.js';
import { Traffic } from '../report/rollup/traffic.js';

export interface InspectionRequest {
  /** Where the journal's files are. */
  readonly directory: string;
  readonly key: VerifierKey;
  /** Whether whoever asks got the key elsewhere than from the page. */
  readonly isKeyCompared: boolean;
  readonly expected: ExpectedHead | undefined;
  /** Keys of witnesses, which whoever asks got elsewhere. */
  readonly witnesses?: VerifyOptions['witnesses'];
  readonly judging: Judging;
  readonly scan: VerifyOptions['scan'];
}

export interface Inspection {
  readonly verification: Verification;
  readonly isKeyCompared: boolean;
  readonly report: ReportModel;
}

/** @throws JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE */
export async function inspectJournal(request: InspectionRequest): Promise<Inspection> {
  const { directory, key, isKeyCompared, expected, witnesses = [], judging, scan } = request;
  const verification = await verifyJournal({
    directory,
    pinned: { key, source: isKeyCompared ? 'given' : 'page', replaced: [] },
    expected,
    witnesses,
    verify: verifySignature,
    scan,
  });
  const traffic = new Traffic(directory, { judge: judging.judge });
  // Nobody else waits here: the page counts in its worker.
  Array.from(traffic.advance());
  const report = buildReport({ journal: directory, rollup: traffic.rollup, verification, judging });
  return { verification, isKeyCompared, report: isKeyCompared ? report : withoutProof(report) };
}

/** A record that only agrees with itself is nothing to call clear. */
function withoutProof(report: ReportModel): ReportModel {
  const { chips } = report;
  return {
    ...report,
    chips: chips.map((chip) =>
      chip.name === 'Hash-chained' && chip.state === 'ok'
        ? { ...chip, state: 'none', meaning: `${chip.meaning}, by the key that came with this page` }
        : chip,
    ),
  };
}
