import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { parseKeyArgument, type PinnedKey } from '../../audit/heads/pinned-key.js';
import { OfficerCommand } from '../../cli/officer-command.js';
import { signingFlags } from '../../cli/officer-flags.js';
import { checkPlaintextChoice, givePlaintext, plaintextFlags } from '../../cli/plaintext-output.js';
import { draftStatement } from '../../custody/draft-statement.js';
import type { Intent } from '../../custody/intent-proof.js';
import { readGiven } from '../../custody/officer-desk.js';
import { openBody } from '../../custody/opened-body.js';
import { currentState } from '../../journal/state/current-state.js';
import { fileSystem } from '../../keys/file-system.js';

export default class ForensicsOpen extends OfficerCommand {
  static override summary = 'As who asked for it, open a body that was released (3 of 3).';
  static override description =
    'Opens nothing without FILE.proof, the proof that the reading stands in the journal.\n' +
    'The outcome is handed in, or with --out written for the custodian.';

  static override examples = ['<%= config.bin %> forensics open body-812 --keyring alice.keys --to body.txt'];
  static override args = { file: stringArg({ description: 'What the custodian gave out', required: true }) };
  static override flags = {
    ...signingFlags,
    key: string({ description: 'Key that the journal begins with, if it is not yours', helpValue: '<key|file>' }),
    ...plaintextFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForensicsOpen);
    checkPlaintextChoice(flags, this.jsonEnabled());
    const place = await this.place();
    const given: PinnedKey | undefined =
      flags.key === undefined ? undefined : { key: parseKeyArgument(flags.key), source: 'given', replaced: [] };
    const task = this.custody(place, given);
    const keyring = await this.keyring(flags);
    const released = { inner: readGiven(args.file), proof: readGiven(`${args.file}.proof`) };
    const { opened } = await givePlaintext(flags, place.layout, () => openBody(released, keyring, task));
    const { intent } = opened;
    if (flags.to === undefined) this.voice = process.stderr;
    const known = currentState(fileSystem, place.layout).reads?.find(({ seq }) => seq === intent.seq);
    if (known === undefined || known.outcome !== undefined) return this.#saidAlready(intent);
    const outcome = draftStatement(place, 'body.read.outcome', { intent: intent.seq, outcome: 'opened' }, keyring);
    return await this.deliver(outcome, place, flags.out, `body #${intent.body} opened`);
  }

  /** An outcome is reported once; the reading counts without one. */
  #saidAlready({ seq, body }: Intent): unknown {
    if (this.jsonEnabled()) return { seq };
    this.voice.write(`✓ body #${body} opened   the reading is #${seq}; no further outcome is recorded\n`);
    return undefined;
  }
}
