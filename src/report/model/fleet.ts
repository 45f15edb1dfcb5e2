/** Several journals in one report: a verdict for each, the worst on top. */
import { compareVerdicts, worstOf, type Verdict } from '../../verdict/verdict.js';
import type { ReportModel } from './report-model.js';

export interface Fleet {
  /** The worst of all. */
  readonly verdict: Verdict;
  /** The worst first, then in the order in which they were named. */
  readonly reports: readonly ReportModel[];
}

export function buildFleet(models: readonly ReportModel[]): Fleet {
  const reports = [...models].sort((a, b) => compareVerdicts(a.verdict, b.verdict));
  return { verdict: worstOf(reports.map(({ verdict }) => verdict)), reports };
}
