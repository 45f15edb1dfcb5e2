import { bodyTables } from '../model/body-tables.js';
import type { ReportModel } from '../model/report-model.js';
import {
  channelTable,
  destinationTable,
  gapTable,
  inboundTable,
  observerTable,
  packageTable,
  runTable,
  thirdPartyTable,
  timeTable,
  unexpectedTable,
  vendorTable,
  type ReportTable,
} from '../model/report-tables.js';
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
    tables: (model) => [...(model.policy === undefined ? [] : [unexpectedTable(model)]), destinationTable(model)],
  },
  {
    name: 'Packages',
    tables: (model, look) => [
      packageTable(model, cell(look)),
      ...(model.policy === undefined ? [] : [vendorTable(model)]),
      thirdPartyTable(model),
    ],
  },
  {
    name: 'Time',
    tables: (model, look) => [timeTable(model, 'days', cell(look)), timeTable(model, 'hours', cell(look))],
  },
  { name: 'Channels', tables: (model) => [channelTable(model), inboundTable(model)] },
  {
    name: 'Evidence',
    tables: (model) => [observerTable(model), gapTable(model), ...bodyTables(model), runTable(model)],
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
