/** The report files of a bundle: what egress says about the evidence in it, for reading. `verify` never reads them. */
import { Chalk } from 'chalk';
import type { PartVerification } from '../audit/parts/part-verification.js';
import type { ReportSource } from '../report/model/report-source.js';
import { buildFleet } from '../report/model/fleet.js';
import { fleetText } from '../report/fleet-text.js';
import { partMarkdown } from '../report/verify/part-markdown.js';
import { partText } from '../report/verify/part-text.js';
import { NO_COLOUR } from '../report/text/palette.js';
import { reportJson } from '../report/report-json.js';
import { reportMarkdown } from '../report/report-markdown.js';
import { printableJson } from '../core/printable.js';
import { JOURNAL_FOLDER } from '../journal/evidence/bundle.js';
import type { StagedBundle } from './staged-bundle.js';

/** About a whole journal. @param source counted and verified */
export function writeJournalReport(bundle: StagedBundle, source: ReportSource): void {
  // The same journal gives the same report, wherever it lay.
  const fleet = buildFleet([{ ...source.model(), journal: JOURNAL_FOLDER }]);
  write(bundle, {
    text: fleetText(fleet, { colour: new Chalk({ level: 0 }), columns: undefined }),
    markdown: reportMarkdown(fleet),
    json: reportJson(fleet),
  });
}

/** About a part: a report on the whole journal would tell what the part withholds. */
export function writePartReport(bundle: StagedBundle, part: PartVerification): void {
  write(bundle, { text: partText(part, NO_COLOUR), markdown: partMarkdown(part), json: part });
}

function write(
  bundle: StagedBundle,
  { text, markdown, json }: { readonly text: string; readonly markdown: string; readonly json: unknown },
): void {
  bundle.write('report.txt', `${text}\n`);
  bundle.write('report.md', `${markdown}\n`);
  bundle.write('report.json', `${printableJson(JSON.stringify(json, undefined, 2))}\n`);
}
