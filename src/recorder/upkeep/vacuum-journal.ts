/** Carries a vacuum out, in the order in which a crash at any step takes nothing away that no receipt stands for. */
import { systemCode } from '../../core/error.js';
import { writeFailure } from '../../journal/folder/segment-file.js';
import { removeBodies } from '../../journal/vacuum/body-removal.js';
import { removeSegments } from '../../journal/vacuum/vacuum-removal.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import type { JournalLayout } from '../../journal/folder/layout.js';
import type { Declared, Statement } from '../../journal/state/statement.js';
import { vacuumEvidence, writeBoundaryProofs } from '../../journal/vacuum/vacuum-evidence.js';
import { newestHeadSize, type VacuumPlan, type VacuumRule } from '../../journal/vacuum/vacuum-plan.js';
import type { FileSystem } from '../../keys/file-system.js';
import { clearFileFlags } from '../../system/file-flags.js';

export interface VacuumTask {
  readonly fs: FileSystem;
  readonly layout: JournalLayout;
  readonly origin: string;
  readonly state: JournalState;
  readonly plan: VacuumPlan;
  readonly rule: VacuumRule;
  /** Has the receipt written and signed, by the recorder or in a session. */
  readonly handIn: (statement: Statement) => Promise<Declared>;
}

export interface VacuumOutcome {
  /** Where the receipt stands; undefined if nothing was to be removed. */
  readonly declared: Declared | undefined;
  /** Segments that an earlier vacuum had left, and that are gone now. */
  readonly finished: number;
}

/**
 * What a crash leaves after each step:
 * 1. what an earlier vacuum left is gone, or some of it;
 * 2. the records to go were read and found to be what was signed; proofs for the heads among them are on disk;
 * 3. the receipt is in the journal, under a head: from here on the records count as removed ("vacuum unfinished");
 * 4. keys of bodies are destroyed, then bodies are gone, both before their segments, which bring the next vacuum back here;
 * 5. segments are gone, the oldest first.
 * @throws JOURNAL_DAMAGED before anything is removed; STATEMENT_REFUSED if the journal changed meanwhile;
 * WRITE_FAILED, DISK_FULL; and as `handIn`
 */
export async function vacuumJournal(task: VacuumTask): Promise<VacuumOutcome> {
  try {
    return await carryOut(task);
  } catch (error) {
    throw systemCode(error) === undefined ? error : writeFailure(error, task.layout.directory);
  }
}

async function carryOut(task: VacuumTask): Promise<VacuumOutcome> {
  const { fs, layout, origin, state, plan, rule, handIn } = task;
  const { cut, leftover } = plan;
  // A receipt that no head covers stands for nothing yet.
  const isSigned = state.vacuum !== undefined && newestHeadSize(fs, layout) >= state.vacuum.seq;
  let finished = 0;
  if (isSigned && leftover.length > 0) {
    removeBodies(fs, layout, state.vacuum.segment);
    finished = removeSegments(fs, layout, state.vacuum.segment, clearFileFlags);
  }
  if (cut === undefined) return { declared: undefined, finished };
  const { receipt, proofs } = vacuumEvidence(fs, layout, origin, state, { ...plan, cut }, rule);
  writeBoundaryProofs(fs, layout, proofs);
  const declared = await handIn({ kind: 'vacuum', receipt });
  removeBodies(fs, layout, cut.segment);
  removeSegments(fs, layout, cut.segment, clearFileFlags);
  return { declared, finished };
}
