/**
 * Records about bodies: who may read them, whether they are captured, what was stored, and who read it. A body itself
 * stands in no record.
 *
 * What an officer decides is a statement: its fields, and the signed note over them (docs/JOURNAL_FORMAT.md, "Officers").
 */
import type { Author } from './author.js';

/** `<verifier key> <age recipient>`: what others need to know of an officer, or of a reader. */
type OfficerLine = string;

interface Signed<Kind extends string, Statement> {
  readonly kind: Kind;
  readonly time: string;
  readonly statement: Statement;
  /** The signed note over kind, journal, a head and the SHA-256 of `statement` as it stands in the line. */
  readonly note: string;
  /** Whose account handed it in. */
  readonly by: Author;
}

type OfficerAddRecord = Signed<'officer.add', { readonly officer: OfficerLine; readonly why: string }>;

/** `key`: verifier key of the officer who is no longer one. */
type OfficerRevokeRecord = Signed<'officer.revoke', { readonly key: string; readonly why: string }>;

/** `until`: RFC 3339; `match`: host pattern or `pkg:name` that bodies are limited to. */
type ForensicsEnableRecord = Signed<
  'forensics.enable',
  { readonly why: string; readonly until: string; readonly match?: string }
>;
type ForensicsDisableRecord = Signed<'forensics.disable', { readonly why: string }>;

/** The recorder stopped capturing, since the time that was ordered is over. `enabled`: `seq` of the order. */
export interface ForensicsExpiredRecord {
  readonly kind: 'forensics.expired';
  readonly time: string;
  readonly forensics: { readonly enabled: number; readonly until: string };
}

/** Which body of a call. Of a WebSocket: what the client sent behind the handshake, and what the server did. */
export type BodyPart = 'request' | 'response';

/** Who sent a body. */
export type BodySender = 'client' | 'server';

/** What is known of a stored body to those who cannot read it. */
export interface StoredBody {
  /** `seq` of the call's row. */
  readonly net: number;
  readonly part: BodyPart;
  /** It holds frames of a WebSocket, from behind the handshake; absent where it is the body of a message. */
  readonly protocol?: 'websocket';
  /** Its folder in `bodies/`: the segment that was open when it was stored. */
  readonly segment: number;
  /** SHA-256 of the file as the officers get it, and of the file in `bodies/`, which is named by it. */
  readonly inner: string;
  readonly outer: string;
  /** Of the plaintext that was kept. */
  readonly bytes: number;
  /** Of the file in `bodies/`. */
  readonly stored_bytes: number;
  /** More was sent than was kept. */
  readonly truncated: boolean;
}

interface BodyStoredRecord {
  readonly kind: 'body.stored';
  readonly time: string;
  readonly body: StoredBody;
}

/**
 * Somebody is about to read: it stands, under a head, before anything is given out. `body`: `seq` of a `body.stored` or
 * a `grant.add`, whose `inner` is repeated.
 */
type BodyReadIntentRecord = Signed<
  'body.read.intent',
  { readonly body: number; readonly inner: string; readonly why: string }
>;

/** What came of it; an intent without one counts as read. */
type BodyReadOutcomeRecord = Signed<
  'body.read.outcome',
  { readonly intent: number; readonly outcome: 'opened' | 'failed' }
>;

/** A copy of one body, encrypted to one reader. `read`: `seq` of the officer's own intent. */
export type GrantAddRecord = Signed<
  'grant.add',
  {
    readonly body: number;
    readonly read: number;
    readonly inner: string;
    readonly reader: OfficerLine;
    readonly until: string;
    readonly why: string;
  }
> & { readonly stored: Pick<StoredBody, 'segment' | 'outer' | 'stored_bytes'> };

type GrantRevokeRecord = Signed<'grant.revoke', { readonly grant: number; readonly why: string }>;

/** The custodian compared a file with the fingerprint of a call's body. */
export interface FingerprintRecord {
  readonly kind: 'fingerprint';
  readonly time: string;
  /** `net`: `seq` of the call's row. */
  readonly fingerprint: { readonly net: number; readonly matches: boolean; readonly why: string };
  readonly by: Author;
}

/** Records that an officer has signed. */
export type OfficerRecord =
  | OfficerAddRecord
  | OfficerRevokeRecord
  | ForensicsEnableRecord
  | ForensicsDisableRecord
  | BodyReadIntentRecord
  | BodyReadOutcomeRecord
  | GrantAddRecord
  | GrantRevokeRecord;

export type BodyRecord = OfficerRecord | ForensicsExpiredRecord | BodyStoredRecord | FingerprintRecord;
