/** What a `state` record says of officers and bodies. */

/** A grant that has not expired and was not revoked. */
interface OpenGrant {
  /** Of the `grant.add`. */
  readonly seq: number;
  /** SHA-256 of the reader's copy without its outer layer. */
  readonly inner: string;
  /** Verifier key. */
  readonly reader: string;
  readonly until: string;
}

/** A reading, of the newest. */
interface KnownRead {
  /** Of the `body.read.intent`. */
  readonly seq: number;
  /** As it names it. */
  readonly body: number;
  /** Verifier key of who asked. */
  readonly by: string;
  /** As reported. */
  readonly outcome?: 'opened' | 'failed';
}

export interface OfficerState {
  readonly capture: 'off' | 'on';
  /** `<verifier key> <age recipient>` each. */
  readonly officers: readonly string[];
  readonly grants: readonly OpenGrant[];
  /** Verifier key of the recovery key, if the journal has one. */
  readonly recovery?: string;
  /** Verifier keys of former officers, the newest last. */
  readonly revoked?: readonly string[];
  /** While `capture` is on: by which record, until when, of which calls. */
  readonly forensics?: { readonly seq: number; readonly until: string; readonly match?: string };
  /** `<nonce> <expiry>` of statements that were taken and have not expired. */
  readonly nonces?: readonly string[];
  /** The newest readings: what an outcome and a grant may speak of. */
  readonly reads?: readonly KnownRead[];
  /** Records in which the recovery key named an officer: ATTENTION for ever. */
  readonly replaced?: readonly number[];
}
