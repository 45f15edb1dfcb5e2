/** What a bundle is: `bundle.json` says which kind, `SHA256SUMS` lists the files. Neither is signed, and neither proves. */
import { isEntryName } from '../../core/entry-name.js';
import { decodeUtf8 } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { formatJsonLines, parseJsonLines } from '../lines/jsonl.js';
import type { Hash } from '../tree/tree-hasher.js';

export const DESCRIPTION_FILE = 'bundle.json';
export const SUMS_FILE = 'SHA256SUMS';
/** Folder of a whole journal. */
export const JOURNAL_FOLDER = 'journal';
/** Folder of some of a journal's records, with what proves them. */
export const PART_FOLDER = 'part';
export const RECORDS_FILE = 'records.jsonl';
export const UNDISCLOSED_FILE = 'undisclosed';

export const SUMS_BYTES_MAX = 32 << 20;
const FORMAT_VERSION = 1;

export type BundleKind = 'journal' | 'part';

export function formatDescription(kind: BundleKind): string {
  return formatJsonLines({ version: FORMAT_VERSION, kind });
}

/** Takes exactly what `formatDescription` gives. @throws BUNDLE_INVALID; JOURNAL_FOREIGN for a later version */
export function parseDescription(bytes: Uint8Array): BundleKind {
  const text = decodeUtf8(bytes) ?? '';
  for (const kind of ['journal', 'part'] as const) if (text === formatDescription(kind)) return kind;
  const version = versionOf(text);
  if (Number.isSafeInteger(version) && (version as number) > FORMAT_VERSION) {
    throw new EgressError('JOURNAL_FOREIGN', `the bundle has version ${String(version)}; this egress knows 1`, {
      hint: 'Use the version of egress that wrote it, or a newer one.',
    });
  }
  throw bundleInvalid(`${DESCRIPTION_FILE} does not say what it is`);
}

function versionOf(text: string): unknown {
  try {
    return parseJsonLines(text)[0]?.['version'];
  } catch {
    return undefined;
  }
}

export function bundleInvalid(why: string, cause?: unknown): EgressError {
  return new EgressError('BUNDLE_INVALID', `not a bundle: ${why}`, {
    hint: 'Ask for the bundle again. egress export --bundle writes one.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** As `sha256sum` writes and checks it. */
export function formatSums(sums: ReadonlyMap<string, Hash>): string {
  const lines = [...sums].map(([name, hash]) => `${hash}  ${name}\n`);
  return lines.join('');
}

/** By name. @throws BUNDLE_INVALID */
export function parseSums(bytes: Uint8Array): ReadonlyMap<string, Hash> {
  const lines = (decodeUtf8(bytes) ?? '').split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw bundleInvalid(`${SUMS_FILE} is empty or ends in the middle`);
  const sums = new Map<string, Hash>();
  for (const line of lines) {
    const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (hash === undefined || name === undefined || !isEntryName(name) || sums.has(name)) {
      throw bundleInvalid(`a line of ${SUMS_FILE} is malformed, or stands twice`);
    }
    sums.set(name, hash);
  }
  return sums;
}
