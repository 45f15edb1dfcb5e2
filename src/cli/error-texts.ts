/** What each error code means and what to do about it: `egress help errors`, and docs/ERRORS.md. */
import type { ErrorCode } from '../core/error.js';

interface ErrorText {
  readonly meaning: string;
  readonly remedy: string;
}

export const ERROR_TEXTS: Readonly<Record<ErrorCode, ErrorText>> = {
  USAGE: {
    meaning: 'The command line cannot be understood.',
    remedy: 'The message names the word; COMMAND --help lists what the command takes.',
  },
  SETTINGS_INVALID: {
    meaning: 'A flag, variable or config file has a value that is not allowed, or a name that does not exist.',
    remedy: 'Mend it where the message says. `egress help environment` lists the settings.',
  },
  POLICY_INVALID: {
    meaning: 'A policy file cannot be used; nothing was judged by it.',
    remedy: 'Mend the file at the line and column given. docs/POLICY.md has all keys.',
  },
  POLICY_MISSING: {
    meaning: 'There is no policy where one was asked for.',
    remedy: 'Give --policy FILE, or make a first one with `egress policy learn`.',
  },
  PLATFORM_UNSUPPORTED: {
    meaning: 'This system lacks what the command needs.',
    remedy: 'Record on Linux or macOS, with Node.js 20.20 or later. The commands that read a journal work elsewhere.',
  },
  TARGET_NOT_FOUND: {
    meaning: 'The program that was to be recorded does not exist.',
    remedy: 'Check its name and PATH, and that it stands behind `--`.',
  },
  TARGET_NOT_EXECUTABLE: {
    meaning: 'The program exists and the system will not execute it.',
    remedy: 'Check its mode and its first line; or name the interpreter: `egress run -- node FILE`.',
  },
  KERNEL_UNOBSERVED: {
    meaning: '--kernel=require was given and the kernel observer cannot work here.',
    remedy: '`egress doctor` says why. --kernel=auto records with what works, and says so.',
  },
  PRELOAD_MISSING: {
    meaning: 'The file that observes programs is not where egress was installed.',
    remedy: 'Install egress again; in a checkout, `npm run build`.',
  },
  INIT_REFUSED: {
    meaning: 'What `egress init` was asked for would weaken or replace what exists. Nothing was changed.',
    remedy: 'Follow the hint, or set up another folder.',
  },
  ACCOUNT_UNKNOWN: {
    meaning: 'No user or group of that name is known to this machine.',
    remedy: 'Check the name with `getent passwd NAME` or `getent group NAME`.',
  },
  USER_REFUSED: {
    meaning: 'The program was to run as another user, who could change what egress relies on.',
    remedy: 'Take write access from that user where the message says, or move the file. docs/ROLES.md has the list.',
  },
  RECORD_NOT_FOUND: {
    meaning: 'The journal holds no such record.',
    remedy:
      '`egress log` shows which numbers it has. A vacuum may have removed it: `egress verify` says from where it begins.',
  },
  STATEMENT_INVALID: {
    meaning: 'A statement for the journal (a hold, an officer’s order) is malformed or wrongly signed.',
    remedy: 'Make it anew with the command that writes it; do not edit it by hand.',
  },
  STATEMENT_REFUSED: {
    meaning:
      'A statement is well-formed and not allowed: no right to it, out of date, or against what the journal says.',
    remedy: 'The message says which rule; the journal was not changed.',
  },
  CONTROL_FAILED: {
    meaning: 'A running recorder holds the journal and could not be asked.',
    remedy: 'Try again, or wait until that run has ended. The message names its process.',
  },
  JOURNAL_MISSING: {
    meaning: 'There is no journal in that folder.',
    remedy: 'Give its folder, set EGRESS_JOURNAL, or record one with `egress run`.',
  },
  JOURNAL_FOREIGN: {
    meaning: 'The folder holds something else than a journal, or a journal whose keys are not here.',
    remedy: 'Choose another folder. To go on without the keys: `egress init NEW --continues OLD`.',
  },
  JOURNAL_DAMAGED: {
    meaning: 'The journal contradicts itself, so it cannot be read or continued from there.',
    remedy: 'Keep this copy unchanged; `egress verify` says what is damaged and what is still proven.',
  },
  JOURNAL_UNREADABLE: {
    meaning: 'A file of the journal cannot be read.',
    remedy: 'Check its mode and yours (the audit group may read); a failing disk says EIO.',
  },
  JOURNAL_UNWRITABLE: {
    meaning: 'A file of the journal cannot be written or removed.',
    remedy: 'Check who owns the folder, whether the disk is read-only, and the flags of the file (lsattr).',
  },
  JOURNAL_LOCKED: {
    meaning: 'Another process records into this journal.',
    remedy: 'Wait for it (the message names it), or record into another folder with --journal.',
  },
  SEGMENT_CHANGED: {
    meaning: 'The open segment is no longer the file that egress left: replaced, cut, or written by somebody else.',
    remedy: 'Recording stopped and the program ran on. Keep the files; `egress verify` says what is proven.',
  },
  WRITE_FAILED: {
    meaning: 'Writing or syncing failed. What the disk holds is not known, so nothing more is written.',
    remedy: 'Look at the disk. What was signed before still verifies; the next run goes on in a new segment.',
  },
  DISK_FULL: {
    meaning: 'No space is left for the journal.',
    remedy: 'Make room (`egress vacuum --older-than 90d`), then start again. The program ran on unrecorded.',
  },
  RECORD_TOO_LARGE: {
    meaning: 'A record would not fit into one line. It was left out and counted.',
    remedy: 'Nothing to do; `egress log --gaps` shows it. If it happens often, report it.',
  },
  LINE_INVALID: {
    meaning: 'A line of a journal is not in the one form that lines have.',
    remedy: '`egress verify` names line and byte. An editor or a tool may have rewritten the file.',
  },
  FRAME_INVALID: {
    meaning: 'The program sent something that no hook of egress sends.',
    remedy: 'It was dropped and counted as a gap. If you did not expect it, look at what the program runs.',
  },
  NOTE_INVALID: {
    meaning: 'A signed note is malformed.',
    remedy: 'Fetch the file again, byte for byte; mail programs change line ends.',
  },
  CHECKPOINT_INVALID: {
    meaning: 'A checkpoint is malformed, so nothing follows from it.',
    remedy: 'Fetch the file again, byte for byte.',
  },
  EPOCH_INVALID: {
    meaning: 'A hand-over of keys is malformed or wrongly signed.',
    remedy: 'Keep this copy; verify another one. What other epochs sign is not touched by it.',
  },
  PROOF_INVALID: {
    meaning: 'A file is neither a bundle nor a proof, or a proof is malformed.',
    remedy: 'Ask for it again; it has to arrive byte for byte.',
  },
  BUNDLE_INVALID: {
    meaning: 'A bundle or its archive is malformed, or holds what no bundle holds: links, odd names, far too much.',
    remedy: 'Ask for it again. One that you packed yourself with a later tar: unpack it and verify the folder.',
  },
  PARQUET_UNAVAILABLE: {
    meaning: 'Parquet is written by DuckDB, which is not installed with egress.',
    remedy: '`npm install @duckdb/node-api` beside egress (70 MB), or --format csv.',
  },
  HEAD_INVALID: {
    meaning: 'What was given as a head is neither SIZE:ROOT nor a checkpoint file.',
    remedy: 'Print one with `egress head`.',
  },
  HEAD_MISMATCH: {
    meaning: 'Two heads of one journal cannot both be true: one of the histories was replaced.',
    remedy: 'Keep both, with where you got them. This is what heads kept elsewhere are for.',
  },
  EXPORT_REFUSED: {
    meaning: 'This journal cannot be exported in that form.',
    remedy: 'The message says why; another form may do.',
  },
  WITNESS_STATE_INVALID: {
    meaning: 'The file in which a witness keeps what it has signed is damaged or another witness’s.',
    remedy: 'Restore it from a backup. A witness that forgets could sign two histories.',
  },
  KEY_INVALID: {
    meaning: 'A key is malformed.',
    remedy: 'Copy it whole, on one line. Public keys look like NAME+HEX+BASE64.',
  },
  KEY_LOW_ORDER: {
    meaning: 'A public key that anybody can sign for (a point of low order).',
    remedy: 'Refuse whatever came with it.',
  },
  KEY_MISSING: {
    meaning: 'A key that the command needs is not in the key folder.',
    remedy: 'Run it as the user who records, or set EGRESS_KEYS. docs/OPERATIONS.md: lost keys.',
  },
  KEY_FILE_MODE: {
    meaning: 'A private key can be read by others.',
    remedy: 'chmod 600 FILE, and think about who may have copied it.',
  },
  CARD_INVALID: {
    meaning: 'A file is no card of an officer or reader, or was changed.',
    remedy: 'Ask for FILE.card again, as `egress officer init` wrote it.',
  },
  PASSPHRASE_WRONG: {
    meaning: 'The passphrase does not open the keyring, or the keyring was changed.',
    remedy: 'Try again. Without passphrase or keyring only another officer can read; docs/FORENSICS.md says how.',
  },
  BODY_MISSING: {
    meaning: 'A stored body, or the key of its segment, is not where the journal says.',
    remedy: 'A vacuum removes bodies with their segment. Otherwise ask who removed it: `egress verify` names it.',
  },
  BODY_CHANGED: {
    meaning: 'The file of a body is not the one that the journal names.',
    remedy: 'Keep it as it is; nothing was opened. `egress verify` names every such file.',
  },
  BODY_SEALED: {
    meaning: 'A body cannot be opened: another key is needed, or its file was changed.',
    remedy: 'docs/FORENSICS.md says who opens which layer. `egress verify` compares the file with the journal.',
  },
  INTERNAL: {
    meaning: 'A mistake in egress, not in what you did.',
    remedy: 'Run it again with EGRESS_DEBUG=1 and report what it prints.',
  },
};
