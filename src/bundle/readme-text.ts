/** `README.txt`: the letter that goes with a bundle, for somebody who has never heard of egress. */
import type { BundleKind } from '../journal/evidence/bundle.js';

export interface ReadmeFacts {
  readonly kind: BundleKind;
  readonly origin: string | undefined;
  /** Beside those in the journal. */
  readonly policy: PolicyName | undefined;
}

/** `policy.yaml` judges every run, the other one those that were recorded without a policy. */
export type PolicyName = 'policy.yaml' | 'egress.policy.yaml';

const WHAT: Readonly<Record<BundleKind, string>> = {
  journal: `This folder holds a journal of egress: a record of the network calls that a
program and its child processes made, of which npm package made each, and of
what could not be recorded. The record is signed as it is written. It holds no
message bodies, no query strings and no header values but harmless ones.`,
  part: `This folder holds some records out of a journal of egress: a record of the
network calls that a program and its child processes made, and of which npm
package made each. The record is signed as it is written. Of the other records this folder
holds hashes only: they show that those records exist, and do not say what is
in them. Whoever made this folder chose which records you see.`,
};

const FILES: Readonly<Record<BundleKind, string>> = {
  journal: `  journal/      the journal itself: this is the evidence
  report.txt    what the sender's egress reports; .md and .json say the same`,
  part: `  part/         the records, and what proves them: this is the evidence
  report.txt    what the sender's egress says; .md and .json say the same`,
};

const POLICIES: Readonly<Record<PolicyName, string>> = {
  'policy.yaml': '  policy.yaml   what the report judges every run by, and all that it extends\n',
  'egress.policy.yaml': `  egress.policy.yaml
                what the report judges those runs by that were recorded
                without a policy; all others by their own, in journal/policies\n`,
};

export function readmeText({ kind, origin, policy: name }: ReadmeFacts): string {
  const policy = name === undefined ? '' : POLICIES[name];
  return `WHAT THIS IS

${WHAT[kind]}

${FILES[kind]}
${policy}  SHA256SUMS    hashes of all files, against accidents on the way
  bundle.json   which kind of bundle this is

  Journal       ${origin ?? 'unknown: journal.json cannot be read'}

The report is for reading. Do not rely on it: check the evidence yourself.

WHAT YOU NEED

  KEY    the journal's key, one line: <journal>+xxxxxxxx+AbC...=
         Get it from the people who recorded, on another way than this folder.
         A key that comes along proves nothing: whoever changes the records
         can put another key beside them.
  HEAD   if you can, a head that somebody kept when the recording was made (a
         line SIZE:ROOT, or a file). Only a head shows that the end of the
         journal was not cut off, and that it was not recorded again later.

HOW TO CHECK IT

With egress (on Node.js 20.20 or newer):

  egress verify . --key KEY --expect-head HEAD

With nothing but Node.js: take egress-verify.mjs from a release of egress, not
from whoever sent this folder, and compare its SHA-256 with the published one.

  node egress-verify.mjs . --key KEY --expect-head HEAD

With neither: docs/JOURNAL_FORMAT.md of egress is all that a program needs.${
    kind === 'journal' ? '\ntools/verify.py there is one, in Python: python3 verify.py journal --key KEY' : ''
  }

Whether the files arrived as they were sent:

  sha256sum -c SHA256SUMS        (macOS: shasum -a 256 -c SHA256SUMS)

Exit code 0: verified. 1: NOT verified. 3: nothing could be said. The answer
lists what was checked, and what it does not show.

WHAT IT DOES NOT SHOW

- That every connection was seen. Only what the observers of each run saw was
  recorded; what they knew they missed stands in the records as "gap".
- That the times are right. They come from the machine that ran the program.
- That whoever holds the keys did not record it again. Only a head that somebody
  else kept, or cosigned, at the time shows that.
- That what a record says about the program is true. It was taken from the
  program and the kernel of that machine, whose owner controls both.
${
  kind === 'part'
    ? `- What the records say that are not shown; among them may be gaps, and other
  calls to the same place.
`
    : ''
}
HANDLE WITH CARE

Host names, paths, package names, file names and header names are in these files
in clear. Keep this copy unchanged; work on another one.
`;
}
