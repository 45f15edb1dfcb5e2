/** Whether the policies that segments name are there, and are what their names say. */
import { JournalLayout } from '../../journal/folder/layout.js';
import { isPolicyDigest, listPolicies, readPolicy } from '../../journal/folder/policy-file.js';
import { fileSystem } from '../../keys/file-system.js';
import { fields } from '../fields.js';
import type { FindingList } from '../finding.js';
import type { Walk } from '../segments/tree-walk.js';

export function checkPolicies(layout: JournalLayout, { segments }: Walk, findings: FindingList): void {
  const stored = new Set(listPolicies(fileSystem, layout));
  for (const digest of stored) {
    if (readPolicy(fileSystem, layout, digest) !== undefined) continue;
    const file = `policies/${digest}`;
    findings.add('POLICY_CHANGED', `${file} is not the file that its name says`, { file });
  }
  const missing = new Set<string>();
  for (const { control } of segments) {
    const [open] = control;
    if (open?.kind !== 'segment.open') continue;
    const { policy, run } = fields(open.record, 'segment');
    if (!isPolicyDigest(policy) || stored.has(policy) || missing.has(policy)) continue;
    missing.add(policy);
    const file = `policies/${policy}`;
    const message = `the policy of run ${Number.isSafeInteger(run) ? String(run) : '?'} is missing: ${file}`;
    findings.add('POLICY_MISSING', message, { file, records: [open.seq, open.seq] });
  }
}
