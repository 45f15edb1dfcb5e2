import { bodyTables } from '../model/body-tables.js';
import type { ReportModel } from '../model/report-model.js';
import * as tables from '../model/report-tables.js';
import type { ReportTable } from '../model/report-tables.js';
import type { Look } from './look.js';

interface Tab {
  readonly name: string;
  readonly tables: (model: ReportModel, look: Look) => readonly ReportTable[];
  /** Sentences below the tables. */
  readonly texts?: (model: ReportModel) => readonly { readonly title: string; readonly items: readonly string[] }[];
}

const CHIP_WORDS = { ok: 'checked', none: 'not checked', warning: 'with a limit', failed: 'failed' } as const;

const cell = ({ spoken }: Look): string => (spoken ? '' : '█');

/** Panels of the main screen, in the order of their keys. */
export const TABS: readonly Tab[] = [
  {
    name: 'Traffic',
    tables: (model) => [
      ...(model.policy === undefined ? [] : [tables.unexpectedTable(model)]),
      tables.destinationTable(model),
    ],
  },
  {
    name: 'Packages',
    tables: (model, look) => [
      tables.packageTable(model, cell(look)),
      ...(model.policy === undefined ? [] : [tables.vendorTable(model)]),
      tables.thirdPartyTable(model),
    ],
  },
  {
    name: 'Time',
    tables: (model, look) => [
      tables.timeTable(model, 'days', cell(look)),
      tables.timeTable(model, 'hours', cell(look)),
    ],
  },
  { name: 'Channels', tables: (model) => [tables.channelTable(model), tables.inboundTable(model)] },
  {
    name: 'Evidence',
    tables: (model) => [
      tables.observerTable(model),
      tables.gapTable(model),
      ...bodyTables(model),
      tables.runTable(model),
    ],
    texts: ({ chips, findings, limits, notShown }) =>
      [
        { title: 'Findings', items: findings.map(({ message }) => message) },
        { title: 'Limits of the verification', items: limits.map(({ message }) => message) },
        {
          title: 'What the marks mean',
          items: chips.map(({ name, state, meaning }) => `${name} (${CHIP_WORDS[state]}): ${meaning}`),
        },
        { title: 'Not shown by this report', items: notShown },
      ].filter(({ items }) => items.length > 0),
  },
];
