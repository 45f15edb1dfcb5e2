import { adviceFor } from '../../verdict/advice.js';
import { reasonText } from '../../verdict/verdict-text.js';
import { bodyTables } from '../model/body-tables.js';
import { reasonQuery } from '../model/journal-verdict.js';
import type { RecordQuery } from '../model/record-query.js';
import type { ReportModel } from '../model/report-model.js';
import * as tables from '../model/report-tables.js';
import type { ReportTable } from '../model/report-tables.js';
import type { Look } from './look.js';

/** Sentences under a title. */
export interface Passage {
  readonly title: string;
  readonly items: readonly {
    /** As recorded: not yet safe to print. */
    readonly text: string;
    /** What to do about it. */
    readonly advice?: string | undefined;
    /** The records that it is about. */
    readonly query?: RecordQuery | undefined;
  }[];
}

interface Tab {
  readonly name: string;
  readonly parts: (model: ReportModel, look: Look) => readonly (ReportTable | Passage)[];
}

const CHIP_WORDS = { ok: 'checked', none: 'not checked', warning: 'with a limit', failed: 'failed' } as const;

const cell = ({ spoken }: Look): string => (spoken ? '' : '█');

/** Panels of the main screen, in the order of their keys. */
export const TABS: readonly Tab[] = [
  {
    name: 'Traffic',
    parts: (model) => [
      ...(model.policy === undefined ? [] : [tables.unexpectedTable(model)]),
      tables.destinationTable(model),
    ],
  },
  {
    name: 'Packages',
    parts: (model, look) => [
      tables.packageTable(model, cell(look)),
      ...(model.policy === undefined ? [] : [tables.vendorTable(model)]),
      tables.thirdPartyTable(model),
    ],
  },
  {
    name: 'Time',
    parts: (model, look) => [tables.timeTable(model, 'days', cell(look)), tables.timeTable(model, 'hours', cell(look))],
  },
  { name: 'Channels', parts: (model) => [tables.channelTable(model), tables.inboundTable(model)] },
  {
    name: 'Evidence',
    parts: (model) => [
      ...some(why(model)),
      tables.observerTable(model),
      tables.gapTable(model),
      ...bodyTables(model),
      tables.runTable(model),
      ...[...some(findings(model)), ...some(limits(model))],
      ...[marks(model), passage('Not shown by this report', model.notShown)],
    ],
  },
];

const passage = (title: string, texts: readonly string[]): Passage => ({
  title,
  items: texts.map((text) => ({ text })),
});

const some = (part: Passage): readonly Passage[] => (part.items.length > 0 ? [part] : []);

/** Each reason with the records that it is about, and what to do: said once where several ask for the same. */
function why({ verdict, runCount }: ReportModel): Passage {
  const said = new Set<string>();
  const items = verdict.reasons.map((reason) => {
    const advice = adviceFor([reason]).find((text) => !said.has(text));
    if (advice !== undefined) said.add(advice);
    return { text: reasonText(reason, runCount <= 1), advice, query: reasonQuery(reason) };
  });
  return { title: 'Why', items };
}

const findings = ({ findings: list }: ReportModel): Passage =>
  passage(
    'Findings',
    list.map(({ message }) => message),
  );

const limits = ({ limits: list }: ReportModel): Passage =>
  passage(
    'Limits of the verification',
    list.map(({ message }) => message),
  );

/** A number in it leads to what it counts. */
const marks = ({ chips }: ReportModel): Passage => ({
  title: 'What the marks mean',
  items: chips.map(({ name, state, meaning, query }) => ({
    text: `${name} (${CHIP_WORDS[state]}): ${meaning}`,
    query,
  })),
});
