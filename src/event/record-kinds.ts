import type { JournalRecord } from './record.js';

export type RecordKind = JournalRecord['kind'];

/** Every kind that this version writes, held complete by its type. */
const KINDS: Readonly<Record<RecordKind, true>> = {
  ...{ 'journal.open': true, 'segment.open': true, state: true, seal: true, recovered: true, 'epoch.next': true },
  ...{ 'run.open': true, 'run.close': true, 'session.open': true, 'session.close': true, policy: true, roles: true },
  ...{ process: true, site: true, headers: true, net: true, 'net.end': true, reconcile: true, gap: true },
  ...{ hold: true, release: true, vacuum: true, 'officer.add': true, 'officer.revoke': true },
  ...{ 'forensics.enable': true, 'forensics.disable': true, 'forensics.expired': true, 'body.stored': true },
  ...{ 'body.read.intent': true, 'body.read.outcome': true, 'grant.add': true, 'grant.revoke': true },
  ...{ fingerprint: true },
};

/** A later version may write others. */
export const RECORD_KINDS: ReadonlySet<string> = new Set(Object.keys(KINDS));
