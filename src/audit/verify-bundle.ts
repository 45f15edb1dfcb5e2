/**
 * The verdict on a bundle: each file against `SHA256SUMS`, which shows what went wrong on the way, and then the journal,
 * or the part of one, which is all that counts. Nothing is taken from the report files.
 */
import path from 'node:path';
import { fileDigest } from '../archive/file-digest.js';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import {
  bundleInvalid,
  DESCRIPTION_FILE,
  JOURNAL_FOLDER,
  parseDescription,
  parseSums,
  PART_FOLDER,
  SUMS_BYTES_MAX,
  SUMS_FILE,
  type BundleKind,
} from '../journal/evidence/bundle.js';
import { SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { bundleFiles, bundleShape, withBundleFolder } from './parts/bundle-source.js';
import type { VerifyOptions } from './evidence.js';
import { FindingList } from './finding.js';
import type { PartVerification } from './parts/part-verification.js';
import type { CheckedItem, Verdict, Verification } from './verification.js';
import { verifyJournal } from './verify-journal.js';
import { verifyPart } from './verify-part.js';

/** What the bundle adds to the answer about what is in it. */
interface BundleFacts {
  readonly path: string;
  readonly kind: BundleKind;
  readonly files: number;
}

export type BundleVerification = (Verification | PartVerification) & { readonly bundle: BundleFacts };

export type BundleOptions = Omit<VerifyOptions, 'directory'> & {
  /** Folder or archive. */
  readonly path: string;
};

/** @throws BUNDLE_INVALID, JOURNAL_UNREADABLE; JOURNAL_FOREIGN for a later version */
export function verifyBundle(options: BundleOptions): Promise<BundleVerification> {
  const shape = bundleShape(options.path);
  if (shape === undefined) throw bundleInvalid(`${options.path} is none`);
  return withBundleFolder(options.path, shape, (folder) => verifyFolder(folder, options));
}

async function verifyFolder(folder: string, options: BundleOptions): Promise<BundleVerification> {
  const kind = parseDescription(
    readSmallFile(fileSystem, path.join(folder, DESCRIPTION_FILE), SMALL_FILE_BYTES_MAX) ?? new Uint8Array(),
  );
  const files = bundleFiles(folder);
  const findings = new FindingList();
  const strangers = checkSums(folder, files, findings);
  const answer =
    kind === 'journal'
      ? await verifyJournal({ ...options, directory: path.join(folder, JOURNAL_FOLDER) })
      : verifyPart({
          ...options,
          directory: path.join(folder, PART_FOLDER),
          key: options.pinned?.key,
          witnesses: options.witnesses ?? [],
        });
  const named =
    'part' in answer
      ? answer
      : { ...answer, journal: { ...answer.journal, path: `${options.path}/${JOURNAL_FOLDER}` } };
  const facts = { path: options.path, kind, files: files.length - strangers.length };
  return { ...withFindings(named, findings, facts.files, strangers), bundle: facts };
}

/** The sums are not signed: a changed file is a finding, and unchanged ones prove nothing by themselves. */
function withFindings<A extends Verification | PartVerification>(
  answer: A,
  found: FindingList,
  files: number,
  strangers: readonly string[],
): A {
  const item: CheckedItem = {
    ok: found.isEmpty,
    text: `the files are those that ${SUMS_FILE} lists`,
    detail: `${files} files`,
  };
  const verdict: Verdict = found.isEmpty ? answer.verdict : 'NOT_VERIFIED';
  const { obstacle, ...rest } = answer;
  return {
    ...rest,
    ...(obstacle === undefined || verdict === 'NOT_VERIFIED' ? {} : { obstacle }),
    verdict,
    checked: answer.checked.length === 0 && found.isEmpty ? [] : [item, ...answer.checked],
    findings: [...answer.findings, ...found.items],
    findingsOmitted: answer.findingsOmitted + found.omitted,
    notShown: [
      ...answer.notShown,
      ...(answer.notShown.length === 0 ? [] : [REPORT_UNSIGNED]),
      ...(strangers.length === 0 ? [] : [strangerText(strangers)]),
    ],
  } as unknown as A;
}

/** Whoever changes them changes the sums as well. */
const REPORT_UNSIGNED = 'that the report in the bundle is right: it is the sender’s, and not signed';

function strangerText(strangers: readonly string[]): string {
  const shown = strangers.slice(0, 3).map((name) => printable(name, { max: 60 }));
  const more = strangers.length > shown.length ? ` and ${strangers.length - shown.length} more` : '';
  return `what is in files that ${SUMS_FILE} does not list: ${shown.join(', ')}${more}`;
}

/** Files that are read as evidence. A name that begins with a dot is a file manager’s, and never read. */
const isEvidence = (file: string): boolean => /^(journal|part)\/(.*\/)?[^./][^/]*$/.test(file);

/** @returns files that are not listed, and that nothing is read from */
function checkSums(folder: string, files: readonly string[], findings: FindingList): readonly string[] {
  const bytes = readSmallFile(fileSystem, path.join(folder, SUMS_FILE), SUMS_BYTES_MAX);
  if (bytes === undefined) {
    findings.add('BUNDLE_FILE_MISSING', `${SUMS_FILE} is missing`, { file: SUMS_FILE });
    return [];
  }
  let sums: ReturnType<typeof parseSums>;
  try {
    sums = parseSums(bytes);
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    findings.add('BUNDLE_FILE_CHANGED', error.message, { file: SUMS_FILE });
    return [];
  }
  const present = new Set(files);
  for (const [file, expected] of sums) {
    if (!present.delete(file)) {
      findings.add('BUNDLE_FILE_MISSING', `${file} is missing`, { file });
      continue;
    }
    const found = fileDigest(path.join(folder, file));
    if (found !== expected) findings.add('BUNDLE_FILE_CHANGED', `${file} was changed`, { file, expected, found });
  }
  present.delete(SUMS_FILE);
  for (const file of present) {
    if (isEvidence(file)) findings.add('BUNDLE_FILE_EXTRA', `${file} is not in ${SUMS_FILE}`, { file });
  }
  return [...present].filter((file) => !isEvidence(file));
}
