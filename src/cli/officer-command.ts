import type { PinnedKey } from '../audit/heads/pinned-key.js';
import { cosignStatement, draftStatement, type DraftPlace } from '../custody/draft-statement.js';
import { custodyTask, formatStatement, officerPlace } from '../custody/officer-desk.js';
import type { ReleaseTask } from '../custody/release.js';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import type { OfficerStatement, Statement } from '../journal/state/statement.js';
import { fileSystem } from '../keys/file-system.js';
import { openKeyring, type Keyring } from '../officers/keyring.js';
import type { OfficerKind, StatementOf } from '../officers/officer-statement.js';
import { handInFromHere, type HandedIn } from '../recorder/upkeep/hand-in.js';
import { forbidMemoryReads } from '../system/memory.js';
import { EgressCommand } from './base-command.js';
import { requireFlag } from './officer-flags.js';
import { writeOutput } from './output-file.js';
import { readPassphrase } from './passphrase.js';

interface KeyringChoice {
  readonly keyring?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
}

/** Base of the commands of officers: a journal, a keyring, and a statement that is handed in or carried elsewhere. */
export abstract class OfficerCommand extends EgressCommand {
  #keyring: Keyring | undefined;
  /** Where it speaks: not on stdout where that carries a body. */
  protected voice: NodeJS.WriteStream = process.stdout;

  /** @throws JOURNAL_MISSING, JOURNAL_DAMAGED */
  protected async place(): Promise<DraftPlace> {
    return officerPlace(await this.journalPath());
  }

  /** Opened once; its passphrase may be asked for. @throws USAGE, PASSPHRASE_WRONG, KEY_MISSING, KEY_FILE_MODE */
  protected async keyring(flags: KeyringChoice): Promise<Keyring> {
    if (this.#keyring !== undefined) return this.#keyring;
    const file = requireFlag(
      flags.keyring,
      'keyring',
      'egress officer init FILE makes a keyring; or set EGRESS_KEYRING.',
    );
    const passphrase = await readPassphrase(flags['passphrase-file'], `Passphrase of ${printable(file)}: `);
    this.#keyring = await openKeyring(fileSystem, file, passphrase, process.getuid?.());
    return this.#keyring;
  }

  protected async handIn(statement: Statement, { layout }: DraftPlace): Promise<HandedIn> {
    const settings = await this.settings();
    const command = (this.id ?? '').replaceAll(':', ' ');
    return await handInFromHere(statement, {
      ...{ directory: layout.directory, settings, command, version: this.config.version },
    });
  }

  /** What reading and granting need of this account's keys. */
  protected custody(place: DraftPlace, given?: PinnedKey): ReleaseTask {
    forbidMemoryReads();
    return custodyTask(place, (statement) => this.handIn(statement, place), given);
  }

  /**
   * Signs, then hands in, or with `--out` writes the statement for the custodian's account.
   * @param done what it says when it stands
   */
  protected async decide<Kind extends OfficerKind>(
    kind: Kind,
    fields: StatementOf<Kind>,
    flags: KeyringChoice & { readonly out?: string | undefined },
    done: string,
  ): Promise<unknown> {
    const place = await this.place();
    const statement = draftStatement(place, kind, fields, await this.keyring(flags));
    return await this.deliver(statement, place, flags.out, done);
  }

  protected async countersign(statement: OfficerStatement, flags: KeyringChoice): Promise<OfficerStatement> {
    return cosignStatement(statement, await this.keyring(flags));
  }

  protected async deliver(
    statement: OfficerStatement,
    place: DraftPlace,
    out: string | undefined,
    done: string,
  ): Promise<unknown> {
    if (out !== undefined) {
      writeOutput(out, formatStatement(statement));
      if (this.jsonEnabled()) return { statement, file: out };
      const file = printable(out);
      const next = `  The custodian hands it in: egress forensics submit ${file}`;
      this.voice.write(`Signed, valid for an hour: ${file}\n${next}\n`);
      return undefined;
    }
    return this.said(await this.handIn(statement, place).catch(namingTheCustodian), done);
  }

  /** What stands in the journal now. */
  protected said({ seq, head, through }: HandedIn, done: string): unknown {
    if (this.jsonEnabled()) return { seq, head: { size: head.size, root: rootToBase64(head.root) }, through };
    const said = this.colour(this.voice).green(`✓ ${printable(done)}`);
    this.voice.write(`${said}   recorded as #${seq}, signed in the head of #${head.size}\n`);
    return undefined;
  }
}

/** An officer's account has no keys of the journal, and needs none. */
function namingTheCustodian(error: unknown): never {
  if (!(error instanceof EgressError) || error.code !== 'KEY_MISSING') throw error;
  throw new EgressError('KEY_MISSING', 'only the account that records can write this into the journal', {
    hint: 'With --out FILE it is signed here; the custodian hands it in: egress forensics submit FILE',
    cause: error,
  });
}
