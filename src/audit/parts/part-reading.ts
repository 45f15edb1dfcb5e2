/** The lines and hashes of a part of a journal, and the tree that they give. */
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { EgressError, systemCode } from '../../core/error.js';
import { bundleInvalid, RECORDS_FILE, UNDISCLOSED_FILE } from '../../journal/evidence/bundle.js';
import { readLines } from '../../journal/lines/line-source.js';
import { splitPoints, UndisclosedReader } from '../../journal/evidence/undisclosed.js';
import { fileSystem, READ_FLAGS } from '../../keys/file-system.js';
import type { FindingList } from '../finding.js';
import { PartWalk } from './part-walk.js';
import { ShownRecords } from './shown-records.js';

/** What was read; the hashes lead to the roots in `walk`. */
export interface PartReading {
  readonly walk: PartWalk;
  readonly shown: ShownRecords;
  /** Records under the head. */
  readonly size: number;
  /** The last record that a vacuum had removed, or 0. */
  readonly removed: number;
}

/**
 * @param origin of the journal
 * @param signed the heads and epochs that come with it
 * @returns undefined, with a finding, where its list of hashes is none
 * @throws JOURNAL_UNREADABLE
 */
export function readPart(
  directory: string,
  origin: string,
  signed: readonly { readonly size: number }[],
  findings: FindingList,
): PartReading | undefined {
  const file = path.join(directory, UNDISCLOSED_FILE);
  try {
    return withFile(file, (hashes) => walkPart(directory, origin, hashes, signed, findings));
  } catch (error) {
    if (!(error instanceof EgressError) || error.code !== 'BUNDLE_INVALID') throw error;
    findings.add('PROOF_INVALID', error.message, { file: 'part/undisclosed' });
    return undefined;
  }
}

function walkPart(
  directory: string,
  origin: string,
  hashes: number,
  signed: readonly { readonly size: number }[],
  findings: FindingList,
): PartReading {
  const undisclosed = new UndisclosedReader(fileSystem, hashes);
  const { size, removed } = undisclosed.header;
  if (undisclosed.header.origin !== origin) throw bundleInvalid('its list of hashes is of another journal');
  const splits = splitPoints(
    signed.map((one) => one.size),
    undisclosed.header,
  );
  const shown = new ShownRecords();
  const walk = new PartWalk({ undisclosed, splits, shown, findings });
  const records = path.join(directory, RECORDS_FILE);
  const rest = withFile(records, (fd) => readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, walk));
  if (!walk.isBroken && rest.bytes > 0) {
    findings.add('PROOF_MISMATCH', 'the last line ends in the middle', { file: 'part/records.jsonl' });
  }
  walk.end();
  return { walk, shown, size, removed };
}

function withFile<T>(file: string, use: (fd: number) => T): T {
  let fd: number | undefined;
  try {
    fd = openSync(file, READ_FLAGS);
    return use(fd);
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof EgressError || code === undefined) throw error;
    throw new EgressError('JOURNAL_UNREADABLE', `cannot read ${file}: ${code}`, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
