/**
 * Every failure that egress can explain, by code. The set is closed: a new failure gets a new code here, with the
 * decision whether recording can go on after it.
 */
const codes = {
  // What the caller asked for.
  USAGE: { recording: 'goes on' },
  SETTINGS_INVALID: { recording: 'goes on' },
  POLICY_INVALID: { recording: 'goes on' },
  POLICY_MISSING: { recording: 'goes on' },
  PLATFORM_UNSUPPORTED: { recording: 'goes on' },
  TARGET_NOT_FOUND: { recording: 'goes on' },
  TARGET_NOT_EXECUTABLE: { recording: 'goes on' },
  KERNEL_UNOBSERVED: { recording: 'goes on' },
  PRELOAD_MISSING: { recording: 'goes on' },
  INIT_REFUSED: { recording: 'goes on' },
  ACCOUNT_UNKNOWN: { recording: 'goes on' },
  USER_REFUSED: { recording: 'goes on' },
  RECORD_NOT_FOUND: { recording: 'goes on' },
  STATEMENT_INVALID: { recording: 'goes on' },
  STATEMENT_REFUSED: { recording: 'goes on' },
  CONTROL_FAILED: { recording: 'goes on' },
  // The journal as it lies on disk.
  JOURNAL_MISSING: { recording: 'stops' },
  JOURNAL_FOREIGN: { recording: 'stops' },
  JOURNAL_DAMAGED: { recording: 'stops' },
  JOURNAL_UNREADABLE: { recording: 'stops' },
  JOURNAL_UNWRITABLE: { recording: 'stops' },
  JOURNAL_LOCKED: { recording: 'stops' },
  SEGMENT_CHANGED: { recording: 'stops' },
  WRITE_FAILED: { recording: 'stops' },
  DISK_FULL: { recording: 'stops' },
  RECORD_TOO_LARGE: { recording: 'goes on' },
  // Formats of untrusted bytes.
  LINE_INVALID: { recording: 'goes on' },
  FRAME_INVALID: { recording: 'goes on' },
  NOTE_INVALID: { recording: 'goes on' },
  CHECKPOINT_INVALID: { recording: 'goes on' },
  EPOCH_INVALID: { recording: 'goes on' },
  PROOF_INVALID: { recording: 'goes on' },
  BUNDLE_INVALID: { recording: 'goes on' },
  HEAD_INVALID: { recording: 'goes on' },
  /** Two heads of one journal that cannot both be true. */
  HEAD_MISMATCH: { recording: 'goes on' },
  EXPORT_REFUSED: { recording: 'goes on' },
  PARQUET_UNAVAILABLE: { recording: 'goes on' },
  WITNESS_STATE_INVALID: { recording: 'goes on' },
  // Keys.
  KEY_INVALID: { recording: 'stops' },
  KEY_LOW_ORDER: { recording: 'stops' },
  KEY_MISSING: { recording: 'stops' },
  KEY_FILE_MODE: { recording: 'stops' },
  CARD_INVALID: { recording: 'goes on' },
  PASSPHRASE_WRONG: { recording: 'goes on' },
  /** A body that this key does not open, or that was changed. */
  BODY_SEALED: { recording: 'goes on' },
  BODY_MISSING: { recording: 'goes on' },
  /** Not the file that the journal names. */
  BODY_CHANGED: { recording: 'goes on' },
  // A mistake of ours.
  INTERNAL: { recording: 'stops' },
} as const satisfies Record<string, { recording: 'goes on' | 'stops' }>;

/** One of the codes above. */
export type ErrorCode = keyof typeof codes;

/** Whether a text is one of them: a code that another process named. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(codes, text);
}

/** Whether an error with this code ends the recording; a property of the code alone. */
export function stopsRecording(code: ErrorCode): boolean {
  return codes[code].recording === 'stops';
}

export interface ErrorDetail {
  /** What to do next: one or a few short lines. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. It means "could not decide" or "could not do"; a negative finding (a signature that does not
 * verify, say) is data and is returned, not thrown.
 */
export class EgressError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'EgressError';
    this.code = code;
    this.hint = detail.hint;
  }
}

/** The system's error code (`ENOSPC`), if the value carries one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
