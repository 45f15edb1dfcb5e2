/** The answer, as sentences: the same on every surface. */
import { signedRecords } from '../../audit/verification.js';
import { printable } from '../../core/printable.js';
import { clearText, reasonText, verdictLine } from '../../verdict/verdict-text.js';
import { countText, durationText } from '../text/quantity-text.js';
import type { Chip } from './chip.js';
import { momentText } from './group-text.js';
import type { ReportModel } from './report-model.js';
import { cardValue } from './card.js';
import { commandText } from './report-tables.js';

export const CHIP_GLYPHS: Readonly<Record<Chip['state'], string>> = { ok: '✓', none: '–', warning: '!', failed: '✗' };

/** `! ATTENTION   14 outbound calls that the policy does not expect`. */
export function headline(model: ReportModel): string {
  const { verdict, policy, runCount } = model;
  return verdictLine(verdict, clearText(cardValue(model, 'Outbound') ?? 0, policy), runCount <= 1);
}

/** The other reasons, a clause each; before them, whether the verdict is a question and no statement about the runs. */
export function otherReasons({ verdict, runCount, whatIf, policy = '?' }: ReportModel): readonly string[] {
  const name = printable(policy, { max: 60 });
  const asked = `what if: ${countText(whatIf.length, 'run')} judged by ${name}, not by the policy in force`;
  return [
    ...(whatIf.length === 0 ? [] : [asked]),
    ...verdict.reasons.slice(1).map((reason) => reasonText(reason, runCount <= 1)),
  ];
}

/** `409 of 412 records signed, key 1a2b3c4d pinned`. */
export function signedText({ verification, records }: ReportModel): string {
  if (verification === undefined) return `${countText(records, 'record')}, not verified`;
  if (verification.verdict === 'NOT_CHECKED') return printable(verification.obstacle?.hint ?? 'not verified');
  const key = verification.journal.pinned === 'given' ? 'the key you gave' : 'your own key';
  const { findings, findingsOmitted } = verification;
  if (findings.length > 0) {
    const failed = countText(findings.length + findingsOmitted, 'check');
    return `${countText(verification.records, 'record')} read; ${failed} failed, with ${key}`;
  }
  const signed = signedRecords(verification);
  const behind = verification.records - signed;
  return `${signed} of ${countText(verification.records, 'record')} signed, ${key}${behind > 0 ? `; the last ${behind} not signed` : ''}`;
}

/** Program, run and time, as the top line has them. */
export function subjectText(model: ReportModel): string {
  const { runs, runCount, from, to } = model;
  const newest = runs.at(-1);
  const when = `${momentText(from)}${spanText(from, to)}`;
  if (newest === undefined) return `no run · ${when}`;
  return [commandText(newest), runCount > 1 ? `${runCount} runs` : `run ${newest.number}`, when].join(' · ');
}

function spanText(from: string, to: string): string {
  const millis = Date.parse(to) - Date.parse(from);
  return Number.isFinite(millis) && millis > 0 ? ` +${durationText(millis * 1e6)}` : '';
}
