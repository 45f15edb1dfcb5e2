import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { OfficerCommand } from '../cli/officer-command.js';
import { requireFlag, signingFlags, whyFlag } from '../cli/officer-flags.js';
import { writeOutput } from '../cli/output-file.js';
import { parseSeq } from '../cli/seq-argument.js';
import { parseUntil } from '../cli/until-argument.js';
import { printable } from '../core/printable.js';
import { acceptGrant, draftGrant } from '../custody/grant.js';
import { formatStatement, readCard, readGiven } from '../custody/officer-desk.js';
import { openBody } from '../custody/opened-body.js';
import { ONE_ACCOUNT, readBodyHere } from '../custody/reading.js';

const HINT = 'egress grant 812 --to carol.card --until 3d --why "for the vendor talk" --keyring alice.keys';

export default class Grant extends OfficerCommand {
  static override summary = 'Let one reader read one body, until a time.';
  static override description =
    'The officer reads the body, which is recorded, and encrypts a copy to the reader’s card.\n' +
    'Each reading by the reader is requested, recorded and released like an officer’s.\n' +
    'With two accounts: --released FILE (from egress forensics release) and --out FILE.';

  static override examples = [
    `<%= config.bin %>${HINT.slice('egress'.length)}`,
    '<%= config.bin %> grant --revoke 830 --why "talk is over" --keyring alice.keys',
  ];

  static override args = { id: stringArg({ description: 'The body (egress forensics list)' }) };
  static override flags = {
    ...signingFlags,
    why: whyFlag,
    to: string({ description: 'Card of the reader', helpValue: '<card>' }),
    until: string({ description: 'End: 2h, 3d, 2026-10-20 18:00', helpValue: '<time>' }),
    released: string({ description: 'The body as the custodian released it', helpValue: '<file>', dependsOn: ['out'] }),
    revoke: string({ description: 'End the grant that stands in this record', helpValue: '<seq>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Grant);
    const why = requireFlag(flags.why, 'why', HINT);
    if (flags.revoke !== undefined) {
      return await this.decide('grant.revoke', { grant: parseSeq(flags.revoke), why }, flags, 'grant ended');
    }
    const reader = readCard(requireFlag(flags.to, 'to', HINT));
    const until = parseUntil(requireFlag(flags.until, 'until', HINT), Date.now());
    const place = await this.place();
    const task = this.custody(place);
    const keyring = await this.keyring(flags);
    const { released, out } = flags;
    const seq = released === undefined ? parseSeq(args.id ?? '') : 0;
    const opened =
      released === undefined
        ? await readBodyHere(seq, why, keyring, place, task)
        : await openBody({ inner: readGiven(released), proof: readGiven(`${released}.proof`) }, keyring, task);
    const grant = await draftGrant(opened, { reader, until, why }, keyring, place);
    if (out !== undefined) {
      writeOutput(`${out}.copy`, grant.copy);
      writeOutput(out, formatStatement(grant.statement));
      if (this.jsonEnabled()) return { statement: grant.statement, file: out, copy: `${out}.copy` };
      const file = printable(out);
      this.print(`Signed: ${file}, with ${file}.copy\n  The custodian: egress forensics submit ${file}`);
      return undefined;
    }
    const declared = await acceptGrant(grant, task);
    if (!this.jsonEnabled()) process.stderr.write(`${ONE_ACCOUNT}\n`);
    return this.said({ ...declared, through: 'session' }, `${reader.key.name} may read it until ${until}`);
  }
}
