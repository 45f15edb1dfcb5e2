/** Lays a journal out as a C2SP tlog-tiles log, for tools that know that and not our format. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChosenHead } from '../audit/heads/signed-head.js';
import { EgressError, systemCode } from '../core/error.js';
import { withCosignatures } from './cosigned-note.js';
import { TileWriter } from './tile-writer.js';
import { readTree, removedPart } from './tree-reading.js';

export interface ExportedLog {
  readonly size: number;
  readonly files: number;
}

/**
 * Writes `checkpoint`, `tile/<level>/…` and `tile/entries/…` into a new or empty folder. The checkpoint comes last, when
 * the records have given its root: a folder without one is unfinished.
 * @throws EXPORT_REFUSED if a vacuum removed records; USAGE if the folder is not empty or cannot be written, JOURNAL_DAMAGED, JOURNAL_UNREADABLE
 */
export function exportTiles(chosen: ChosenHead, folder: string): ExportedLog {
  const removed = removedPart(chosen.layout);
  if (removed !== undefined) {
    throw new EgressError('EXPORT_REFUSED', `a vacuum removed the records up to #${removed.boundary}`, {
      hint: 'A log has to have all its entries. What is left can be proven record by record: egress prove',
    });
  }
  let files = 0;
  const write = (file: string, bytes: Uint8Array): void => {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    files += 1;
  };
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) throw new EgressError('USAGE', `${folder} is not empty`);
    const tiles = new TileWriter(write);
    readTree(chosen.layout, chosen.head, {
      visit: tiles.visit,
      line: (_seq, _kind, buffer, start, end) => {
        tiles.entry(buffer.subarray(start, end));
      },
    });
    tiles.end();
    write('checkpoint', withCosignatures(chosen));
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof EgressError || code === undefined) throw error;
    throw new EgressError('USAGE', `cannot write the log into ${folder}: ${code}`, { cause: error });
  }
  return { size: chosen.head.size, files };
}
