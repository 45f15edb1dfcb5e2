/** `egress export --html`: a journal as one file that shows it and checks it. */
import type { VerifyOptions } from '../audit/evidence.js';
import type { PinnedKey } from '../audit/heads/pinned-key.js';
import { EgressError } from '../core/error.js';
import { parseJournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { policyJson } from '../policy/policy-json.js';
import { judgingOf, type PolicyChoice } from '../report/policy/journal-judging.js';
import type { About } from './about.js';
import { inspectJournal } from './inspection.js';
import { embedJournal, segmentBytes } from './embedded-journal.js';
import { pageFile, type PageAssets } from './page-file.js';

/** What a page holds at most; a larger journal is dropped onto it. */
const RECORDS_MAX = 20_000;
const BYTES_MAX = 32 << 20;

export interface PageRequest {
  /** Real path. */
  readonly directory: string;
  readonly pinned: PinnedKey | undefined;
  readonly policies: PolicyChoice;
  readonly version: string;
  readonly now: Date;
  readonly scan: VerifyOptions['scan'];
  readonly assets: PageAssets;
  /** Records that the page may hold. */
  readonly recordsMax?: number;
}

export interface WrittenPage {
  readonly text: string;
  readonly about: About;
}

/**
 * A page of any journal, also of one that does not verify: then the page says so.
 * @throws JOURNAL_DAMAGED where there is no key to check it with; JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE
 */
export async function writePage(request: PageRequest): Promise<WrittenPage> {
  const { directory, pinned, policies, version, now, scan, assets, recordsMax = RECORDS_MAX } = request;
  const key = pinned?.key ?? journalKey(directory);
  const inspection = await inspectJournal({
    ...{ directory, key, isKeyCompared: false, expected: undefined, scan },
    judging: await judgingOf(directory, policies),
  });
  const bytes = segmentBytes(directory);
  const { records } = inspection.report;
  const { head } = inspection.verification;
  const isComplete = records <= recordsMax && bytes <= BYTES_MAX;
  const about: About = {
    ...{ version, exported: now.toISOString().replace(/(\.\d{3})Z$/, '$1000Z') },
    ...{
      key: key.text,
      keySource: pinned === undefined ? 'journal' : pinned.source === 'own' ? 'own' : 'given',
      isComplete,
      records,
      bytes,
    },
    ...(head === undefined ? {} : { head: `${head.size}:${head.root}` }),
    ...(policies.given === undefined ? {} : { given: policyJson(policies.given) }),
    ...(policies.fallback === undefined ? {} : { fallback: policyJson(policies.fallback) }),
  };
  const files = isComplete ? embedJournal(directory, BYTES_MAX) : [];
  return { text: pageFile(about, files, inspection, assets), about };
}

/** The key that the journal names. It pins nothing, and the page says so. */
function journalKey(directory: string): ReturnType<typeof parseJournalFile>['key'] {
  const bytes = readSmallFile(fileSystem, new JournalLayout(directory).journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined)
    throw new EgressError('JOURNAL_DAMAGED', `${directory} has no journal.json`, {
      hint: 'Give the journal’s key with --key.',
    });
  return parseJournalFile(bytes).key;
}
