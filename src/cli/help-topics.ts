/** Help that belongs to no single command: `egress help exit-codes`, `egress help keys`. */
import { wrapped } from '../core/wrapped-text.js';
import { ERROR_TEXTS } from './error-texts.js';

export interface HelpTopic {
  readonly summary: string;
  readonly text: string;
}

export const HELP_TOPICS: Readonly<Record<string, HelpTopic>> = {
  'exit-codes': {
    summary: 'What each exit code means',
    text: `EXIT CODES

  egress run ends with the program's own code, or 128 and the signal's number
  where a signal ended it, and otherwise:

    120  the program succeeded, and something was not expected by the policy
    121  the program succeeded, and not enough was seen to judge it by the policy
    125  egress itself failed, before the program started
    126  the program cannot be executed
    127  there is no such program

  Every other command:

    0    done; for verify: verified
    1    the answer is no: not verified, no such record, run would not work here
    2    the command line or the settings are wrong
    3    no answer: unreadable, locked, nothing to check, a mistake in egress
    141  the reader of the output went away (128 + SIGPIPE)

  The codes are the same with and without --json.`,
  },
  environment: {
    summary: 'Variables that egress reads',
    text: `ENVIRONMENT

  Settings. A flag goes first, then the variable, then egress.config.yaml in the
  working folder, then $XDG_CONFIG_HOME/egress/config.yaml, then the default.

    EGRESS_ENABLED             on, off                            on
    EGRESS_JOURNAL             folder of the journal              .egress
    EGRESS_DISABLED_CHANNELS   list of channels, by comma
    EGRESS_REDACTION           default, strict                    default
    EGRESS_SAFE_HEADERS        headers whose values are kept
    EGRESS_SEGMENT_SIZE        128KiB to 1GiB                     64MiB
    EGRESS_HEAD_INTERVAL       1s to 1h                           10s
    EGRESS_DURABILITY          none, batch, always                batch
    EGRESS_FINGERPRINT_SIZE    0 (off) to 64MiB                   1MiB
    EGRESS_BODY_SIZE           1KiB to 16MiB                      1MiB
    EGRESS_ENFORCE             on, off                            off
    EGRESS_KERNEL              auto, require, off                 auto
    EGRESS_IO_URING            deny, allow                        deny

  Beside them:

    EGRESS_CONFIG              config file to read instead of both
    EGRESS_KEYS                folder of the keys    $XDG_DATA_HOME/egress
    EGRESS_KEYRING             an officer's keyring
    EGRESS_PASSPHRASE_FILE     file with its passphrase
    EGRESS_PASSPHRASE_FD       or a descriptor that gives it
    EGRESS_DEBUG               print the stack of an error
    NO_COLOR, FORCE_COLOR      colour off or on; --color goes first
    COLUMNS                    width of the output where it is no terminal`,
  },
  keys: {
    summary: 'Which keys there are, and what a loss means',
    text: `KEYS

  Private keys lie outside the journal, in EGRESS_KEYS or $XDG_DATA_HOME/egress, one
  folder a journal, for their owner alone.

    run key       signs heads; only in the recorder's memory, gone with the run
    resume key    opens the next epoch, and nothing else; resume-N.key
    genesis key   signs the first epoch, then erased. Its public part is what
                  an auditor keeps: egress init prints it, and head --json
    salt          for fingerprints of bodies; whoever has it can test guesses
    witness key   of egress cosign; another person's, on another machine

  Who finds the keys on disk can go on with the journal from that moment, marked
  as such. He cannot rewrite what is signed.

  A backup of the key folder must hold no resume key: after a restore it would be
  older than the journal. If the keys are lost, the journal still verifies;
  egress init --continues OLD begins a new one that names it. More in
  docs/OPERATIONS.md.`,
  },
  errors: { summary: 'Every error code, what it means and what to do', text: errorsText() },
};

function errorsText(): string {
  const items = Object.entries(ERROR_TEXTS).map(([code, { meaning, remedy }]) =>
    [`  ${code}`, ...wrapped('    ', 4, `${meaning} ${remedy}`)].join('\n'),
  );
  return `ERRORS\n\n${items.join('\n\n')}`;
}
