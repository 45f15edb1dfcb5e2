/** What a verification is given, and what it gathers before it speaks. */
import type { AccessCheck } from './checks/access-check.js';
import type { VerifySignature } from '../keys/ed25519.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import type { ExpectedHead } from './heads/expected-head.js';
import type { FindingList, Limit } from './finding.js';
import type { Structure } from './checks/journal-structure.js';
import type { PinnedKey } from './heads/pinned-key.js';
import type { ScanTask, SegmentScan } from './segments/segment-scan.js';
import type { FoundHead, WalkedEpoch } from './heads/signed-files.js';
import type { Walk } from './segments/tree-walk.js';
import type { Removal } from './checks/vacuum-check.js';
import type { WitnessedHead } from './verification.js';

export interface VerifyOptions {
  /** Real path. */
  readonly directory: string;
  readonly pinned: PinnedKey | undefined;
  readonly expected: ExpectedHead | undefined;
  /** Keys of witnesses whose cosignatures are demanded. */
  readonly witnesses?: readonly VerifierKey[];
  readonly verify: VerifySignature;
  /** Scans segments, in any order or at once; results in the order of the tasks. */
  readonly scan: (tasks: readonly ScanTask[]) => Promise<readonly SegmentScan[]>;
}

/** All that was read and concluded; what `summarize` puts into words. */
export interface Evidence {
  readonly options: VerifyOptions;
  readonly pinned: PinnedKey;
  readonly findings: FindingList;
  readonly limits: readonly Limit[];
  readonly epochs: readonly WalkedEpoch[];
  readonly heads: readonly FoundHead[];
  /** The newest head whose root the records have. */
  readonly matched: FoundHead | undefined;
  readonly removal: Removal | undefined;
  readonly witnessed: readonly WitnessedHead[];
  readonly walk: Walk;
  readonly structure: Structure;
  readonly access: AccessCheck;
  readonly scans: readonly SegmentScan[];
}
