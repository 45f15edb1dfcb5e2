/**
 * The verdict on a proof file, without its journal. All that is in the file is claims; what it is measured by is the
 * genesis key that the auditor pins, and a head or witnesses' keys that the auditor brings.
 */
import { EgressError } from '../core/error.js';
import {
  CONSISTENCY_PROOF_TITLE,
  parseConsistencyProof,
  type ConsistencyProof,
} from '../journal/evidence/consistency-proof.js';
import { parseHead, rootToBase64, type SignedHead } from '../journal/heads/checkpoint.js';
import { verifyConsistency } from '../journal/tree/merkle-proof.js';
import { titleOf } from '../journal/evidence/proof-file.js';
import { parseRecordProof, RECORD_PROOF_TITLE, type RecordProof } from '../journal/evidence/record-proof.js';
import { EMPTY_ROOT, nodeHasher, type Hash } from '../journal/tree/tree-hasher.js';
import { isSignedBy } from '../keys/note.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import { expectedNote, judgeWitnesses, readCosignatures, type WitnessQuestion } from './heads/cosigned-head.js';
import type { ExpectedHead } from './heads/expected-head.js';
import { FindingList, type Limit, type ObstacleCode } from './finding.js';
import type { ProofVerification, ProvenRecord } from './parts/proof-verification.js';
import { checkRecords } from './parts/proven-lines.js';
import { chainEpochs, signerOf, type WalkedEpoch } from './heads/signed-files.js';
import { witnessItems, type CheckedItem, type Verdict } from './verification.js';

export interface ProofOptions {
  /** For the report. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Genesis key that the auditor pins. */
  readonly key: VerifierKey | undefined;
  readonly expected: ExpectedHead | undefined;
  readonly question: Omit<WitnessQuestion, 'origin'>;
}

type Proof = ({ readonly kind: 'record' } & RecordProof) | ({ readonly kind: 'consistency' } & ConsistencyProof);

interface CheckedHead extends SignedHead {
  readonly epoch: WalkedEpoch;
}

/** @throws PROOF_INVALID for a file that is no proof at all */
export function verifyProof(options: ProofOptions): ProofVerification {
  const kind = kindOf(options);
  const blank = blankResult(options.path, kind);
  if (options.key === undefined) {
    return notChecked(blank, 'NO_KEY', 'no key to check it with', NO_KEY_HINT);
  }
  const findings = new FindingList();
  const proof = readProof(options.bytes, kind, findings);
  if (proof === 'foreign') return notChecked(blank, 'UNKNOWN_FORMAT', 'the proof is of a later version', FOREIGN_HINT);
  if (proof === undefined) return { ...blank, verdict: 'NOT_VERIFIED', findings: findings.items };
  return judge(options, options.key, proof, findings);
}

const NO_KEY_HINT = 'Get the journal’s key from whoever recorded it, on another way than the proof: --key';
const FOREIGN_HINT = 'Use the version of egress that wrote it, or a newer one.';

function kindOf({ bytes, path }: ProofOptions): Proof['kind'] {
  const title = titleOf(bytes);
  if (title === RECORD_PROOF_TITLE) return 'record';
  if (title === CONSISTENCY_PROOF_TITLE) return 'consistency';
  throw new EgressError('PROOF_INVALID', `${path} is no bundle, and no proof that egress knows`, {
    hint: 'egress verify takes a journal’s folder, a bundle (folder or .tar.gz), or a file that egress prove wrote.\nA head goes with --expect-head.',
  });
}

function readProof(bytes: Uint8Array, kind: Proof['kind'], findings: FindingList): Proof | 'foreign' | undefined {
  try {
    return kind === 'record' ? { kind, ...parseRecordProof(bytes) } : { kind, ...parseConsistencyProof(bytes) };
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    if (error.code === 'JOURNAL_FOREIGN') return 'foreign';
    findings.add('PROOF_INVALID', error.message);
    return undefined;
  }
}

function judge(options: ProofOptions, key: VerifierKey, proof: Proof, findings: FindingList): ProofVerification {
  const { expected, question, path } = options;
  const { verify } = question;
  const epochs = proof.epochs.map((bytes, at) => ({ number: at + 1, read: () => bytes }));
  const chain = chainEpochs(epochs, key, verify, findings);
  const head = checkHead(proof, key, chain, options, findings);
  const tree = head === undefined ? undefined : checkTree(proof, head, findings);
  const limits: Limit[] = [];
  const asked = { ...question, origin: key.name };
  const witnesses = head === undefined ? undefined : checkWitnesses(asked, proof, head, expected, findings);
  if (head !== undefined) limits.push(...compareExpected(proof, head, options, findings));
  limits.push(...(witnesses?.limits ?? []));
  const verdict = verdictOf(findings, limits, witnesses?.witnessed.length ?? 0);
  return {
    ...blankResult(path, proof.kind),
    verdict,
    proof: { path, kind: proof.kind, origin: key.name, key: key.text },
    records: findings.isEmpty ? (tree ?? []) : [],
    ...(proof.kind === 'consistency' ? { old: { size: proof.oldSize, root: rootToBase64(proof.oldRoot) } } : {}),
    ...(head === undefined
      ? {}
      : { head: { size: head.size, root: rootToBase64(head.root), key: head.epoch.runKey.text } }),
    witnessed: witnesses?.witnessed ?? [],
    checked: [...checkedItems(proof, chain, head, options, findings), ...witnessItems(witnesses?.witnessed ?? [])],
    findings: findings.items,
    findingsOmitted: findings.omitted,
    limits,
    notShown: notShown(proof, head, question.witnesses.length),
  };
}

function verdictOf(findings: FindingList, limits: readonly Limit[], witnesses: number): Verdict {
  if (!findings.isEmpty) return 'NOT_VERIFIED';
  if (limits.length > 0) return 'VERIFIED_WITH_LIMIT';
  return witnesses > 0 ? 'VERIFIED_WITNESSED' : 'VERIFIED';
}

/** The head, if the last key of the chain signed it. */
function checkHead(
  proof: Proof,
  key: VerifierKey,
  chain: readonly WalkedEpoch[],
  { question }: ProofOptions,
  findings: FindingList,
): CheckedHead | undefined {
  let head: SignedHead;
  try {
    head = parseHead(proof.checkpoint);
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    findings.add('HEAD_INVALID', `the proof’s head is malformed: ${error.message}`);
    return undefined;
  }
  const epoch = signerOf(chain, head.size);
  if (head.origin !== key.name) {
    const detail = { expected: key.name, found: head.origin };
    findings.add('GENESIS_MISMATCH', 'the proof is about another journal than the key', detail);
  } else if (epoch === undefined || epoch.number !== proof.epochs.length) {
    if (findings.isEmpty) findings.add('HEAD_INVALID', 'the proof’s chain of keys does not end with its head’s key');
  } else if (isSignedBy(head.note, epoch.runKey, question.verify)) return { ...head, epoch };
  else findings.add('HEAD_INVALID', `the proof’s head is not signed by the key of epoch ${epoch.number}`);
  return undefined;
}

function checkTree(proof: Proof, head: CheckedHead, findings: FindingList): readonly ProvenRecord[] {
  if (proof.kind === 'record') return checkRecords(proof, head, findings);
  const { oldSize, oldRoot, hashes } = proof;
  const isGood =
    oldSize === 0
      ? hashes.length === 0 && oldRoot === EMPTY_ROOT
      : verifyConsistency(nodeHasher, oldSize, head.size, oldRoot, head.root, hashes);
  if (!isGood) {
    findings.add(
      'PROOF_MISMATCH',
      `the hashes do not lead from the head of ${oldSize} records to that of ${head.size}`,
    );
  }
  return [];
}

function checkWitnesses(
  question: WitnessQuestion,
  proof: Proof,
  head: CheckedHead,
  expected: ExpectedHead | undefined,
  findings: FindingList,
): ReturnType<typeof judgeWitnesses> {
  const roots = new Map(provenHeads(proof, head).map(({ size, root }) => [size, root]));
  const notes = [{ ...head, file: 'the proof' }, ...expectedNote(expected)];
  const { cosigned, limits } = readCosignatures(notes, question, findings);
  const verdict = judgeWitnesses(question, cosigned, { roots, total: head.size }, findings);
  return { witnessed: verdict.witnessed, limits: [...limits, ...verdict.limits] };
}

/** The heads that the proof speaks of. */
function provenHeads(proof: Proof, head: SignedHead): readonly { readonly size: number; readonly root: Hash }[] {
  return proof.kind === 'record' ? [head] : [head, { size: proof.oldSize, root: proof.oldRoot }];
}

function compareExpected(proof: Proof, head: CheckedHead, options: ProofOptions, findings: FindingList): Limit[] {
  const { expected, question } = options;
  if (expected === undefined) {
    if (question.witnesses.length > 0) return [];
    const message = 'no head that was kept elsewhere was given: it may be one that nobody else was shown';
    return [{ code: 'NO_EXPECTED_HEAD', message }];
  }
  const same = provenHeads(proof, head).find(({ size }) => size === expected.size);
  if (expected.origin !== undefined && expected.origin !== head.origin) {
    findings.add('EXPECTED_HEAD_MISMATCH', 'the head you gave is of another journal');
  } else if (same === undefined) {
    const message = `the head you gave, of ${expected.size} records, was not compared: egress prove --from leads from one head to another`;
    return [{ code: 'EXPECTED_HEAD_APART', message }];
  } else if (same.root !== expected.root) {
    findings.add('EXPECTED_HEAD_MISMATCH', `the head of ${expected.size} records is not the one you gave`, {
      expected: expected.root,
      found: same.root,
    });
  }
  return [];
}

function checkedItems(
  proof: Proof,
  chain: readonly WalkedEpoch[],
  head: CheckedHead | undefined,
  { expected }: ProofOptions,
  findings: FindingList,
): CheckedItem[] {
  const codes = new Set(findings.items.map(({ code }) => code));
  const items: CheckedItem[] = [
    {
      ok: !codes.has('EPOCH_INVALID') && !codes.has('GENESIS_MISMATCH'),
      text: `${chain.length} ${chain.length === 1 ? 'key' : 'keys'} handed over in order, from the key you gave`,
    },
    {
      ok: head !== undefined,
      text: 'the head is signed by the last of them',
      ...(head === undefined ? {} : { detail: `${head.size} records` }),
    },
  ];
  const ok = head !== undefined && !codes.has('PROOF_MISMATCH');
  if (proof.kind === 'record') {
    const { record, references } = proof;
    const others = references.map(({ seq }) => `#${seq}`).join(', ');
    items.push({ ok, text: `record #${record.seq} stands under that head` });
    if (references.length > 0) items.push({ ok, text: 'so do the lines that it refers to', detail: others });
  } else if (proof.oldSize > 0) {
    items.push({ ok, text: `the head of ${proof.oldSize} records is the beginning of it` });
  }
  if (expected !== undefined && head !== undefined) {
    const isCompared = provenHeads(proof, head).some(({ size }) => size === expected.size);
    if (isCompared) items.push({ ok: !codes.has('EXPECTED_HEAD_MISMATCH'), text: 'the head you gave is the same' });
  }
  return items;
}

function notShown(proof: Proof, head: CheckedHead | undefined, witnesses: number): string[] {
  const cosignatures = (head?.note.signatures.length ?? 1) - 1;
  return [
    ...(proof.kind === 'record' ? ['what the other records say, and whether they are still there'] : []),
    'that the head is the journal’s newest: records behind it are not part of this proof',
    'that the signing key was still in force: a key handed over later than this proof knows is not in it',
    'that whoever holds the keys did not record it again: only a head that somebody else kept at the time shows that',
    ...(proof.kind === 'record'
      ? ['that what the record says is right: it comes from the machine and the program that were recorded']
      : []),
    ...(cosignatures > 0 && witnesses === 0
      ? [
          `what ${cosignatures === 1 ? 'a cosignature' : `${cosignatures} cosignatures`} in it say: give the witness’s key with --witness`,
        ]
      : []),
  ];
}

function blankResult(path: string, kind: Proof['kind']): ProofVerification {
  return {
    verdict: 'NOT_CHECKED',
    proof: { path, kind },
    records: [],
    witnessed: [],
    checked: [],
    findings: [],
    findingsOmitted: 0,
    limits: [],
    notShown: [],
  };
}

function notChecked(blank: ProofVerification, code: ObstacleCode, message: string, hint: string): ProofVerification {
  return { ...blank, obstacle: { code, message, hint } };
}
