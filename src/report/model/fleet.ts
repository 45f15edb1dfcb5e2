/** Several journals in one report: a verdict for each, the worst on top. */
import { LEVELS, type Level } from './verdict.js';
import type { ReportModel } from './report-model.js';

export interface Fleet {
  /** The worst of all; NOT_CHECKED where there is no journal. */
  readonly level: Level;
  /** The worst first, then in the order in which they were named. */
  readonly reports: readonly ReportModel[];
}

const rank = ({ verdict }: ReportModel): number => LEVELS.indexOf(verdict.level);

export function buildFleet(models: readonly ReportModel[]): Fleet {
  const reports = [...models].sort((a, b) => rank(a) - rank(b));
  return { level: reports[0]?.verdict.level ?? 'NOT_CHECKED', reports };
}

/** Value of a card, by its name. */
export function cardValue({ cards }: ReportModel, name: string): number | undefined {
  return cards.find((card) => card.name === name)?.value;
}
