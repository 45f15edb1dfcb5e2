import type { ReportModel } from './report-model.js';

/** Value of a card, by its name. */
export function cardValue({ cards }: Pick<ReportModel, 'cards'>, name: string): number | undefined {
  return cards.find((card) => card.name === name)?.value;
}
