import { userInfo } from 'node:os';
import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { EgressCommand } from '../../cli/base-command.js';
import { readNewPassphrase } from '../../cli/passphrase.js';
import { encodeHex } from '../../core/bytes.js';
import { printable } from '../../core/printable.js';
import { fileSystem } from '../../keys/file-system.js';
import { keyFingerprint } from '../../keys/verifier-key.js';
import { cardFile, createKeyring } from '../../officers/keyring.js';

export default class OfficerInit extends EgressCommand {
  static override summary = 'Make a keyring for an officer, a reader, or as a recovery key.';
  static override description =
    'FILE holds the keys, encrypted by a passphrase; FILE.card is for others.\n' +
    'It belongs on the officer’s machine or account, not on the custodian’s.';

  static override examples = ['<%= config.bin %> officer init alice.keys --name alice'];

  static override args = { file: stringArg({ description: 'The keyring to make', required: true }) };
  static override flags = {
    name: string({ description: 'Name of the officer; this user’s if absent', helpValue: '<name>' }),
    'passphrase-file': string({ description: 'File with the passphrase', helpValue: '<file>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(OfficerInit);
    const passphrase = await readNewPassphrase(flags['passphrase-file']);
    const { file } = args;
    const name = flags.name ?? userInfo().username;
    const card = await createKeyring(fileSystem, { file, name, passphrase });
    const id = encodeHex(card.key.id);
    if (this.jsonEnabled()) return { name, key: card.key.text, recipient: card.recipient, file, card: cardFile(file) };
    this.print(
      `${this.colour().green(`✓ keyring of ${printable(name)}`)}   key ${id}\n` +
        `  fingerprint ${keyFingerprint(card.key.text)}   tell it to who checks the journal\n` +
        `  ${printable(file)}        keep it, and the passphrase apart: without both, bodies cannot be read\n` +
        `  ${printable(cardFile(file))}   for others: egress officer add, egress grant --to`,
    );
    return undefined;
  }
}
