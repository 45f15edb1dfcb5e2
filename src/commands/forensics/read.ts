import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../../cli/officer-command.js';
import { keyringFlags, requireFlag, whyFlag } from '../../cli/officer-flags.js';
import { checkPlaintextChoice, givePlaintext, plaintextFlags } from '../../cli/plaintext-output.js';
import { parseSeq } from '../../cli/seq-argument.js';
import type { OpenedBody } from '../../custody/opened-body.js';
import { ONE_ACCOUNT, readBodyHere, reportOpened } from '../../custody/reading.js';

const HINT = 'egress forensics read 812 --why "incident 42" --keyring alice.keys';

export default class ForensicsRead extends OfficerCommand {
  static override summary = 'Request, release and open in one, where one account has all keys.';
  static override description =
    'The reading is in the journal before anything is opened. Where officer and custodian\n' +
    'are two accounts, use request, release and open.';

  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];
  static override args = { id: stringArg({ description: 'The body (egress forensics list)', required: true }) };
  static override flags = {
    ...keyringFlags,
    ...plaintextFlags,
    why: whyFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForensicsRead);
    const why = requireFlag(flags.why, 'why', HINT);
    checkPlaintextChoice(flags, this.jsonEnabled());
    const seq = parseSeq(args.id);
    const place = await this.place();
    const task = this.custody(place);
    const keyring = await this.keyring(flags);
    const read = (): Promise<OpenedBody> => readBodyHere(seq, why, keyring, place, task);
    const { opened, form } = await givePlaintext(flags, place.layout, read);
    const outcome = await reportOpened(opened, keyring, place, task);
    if (this.jsonEnabled())
      return { body: seq, intent: opened.intent.seq, outcome: outcome.seq, file: flags.to, form, note: ONE_ACCOUNT };
    process.stderr.write(
      `${this.colour(process.stderr).green(`✓ body #${seq} opened`)}   recorded as #${opened.intent.seq}, #${outcome.seq}\n` +
        `  ${ONE_ACCOUNT}\n`,
    );
    return undefined;
  }
}
