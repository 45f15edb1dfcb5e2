import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../cli/officer-command.js';
import { requireFlag, whyFlag } from '../cli/officer-flags.js';
import { parseSeq } from '../cli/seq-argument.js';
import { EgressError } from '../core/error.js';
import { readGiven } from '../custody/officer-desk.js';
import { fileSystem } from '../keys/file-system.js';
import { keyBase, keyDirectory, saltFile } from '../keys/key-directory.js';
import { readSecret } from '../keys/key-file.js';
import { fingerprint } from '../recorder/rows/fingerprint.js';
import { findRecord } from '../report/stored/record-context.js';
import { forbidMemoryReads } from '../system/memory.js';

const HINT = 'egress fingerprint 287 customers.csv --why "was this file sent?"';

export default class Fingerprint extends OfficerCommand {
  static override summary = 'As the custodian, ask whether the body of a call was this file.';
  static override description =
    'A row holds a salted fingerprint of the whole request body, as the program reported it.\n' +
    'Who has the salt can test guesses; so each question is recorded, with its answer.';

  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];
  static override args = {
    seq: stringArg({ description: 'The call (egress log)', required: true }),
    file: stringArg({ description: 'What may have been sent', required: true }),
  };

  static override flags = { why: whyFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Fingerprint);
    const why = requireFlag(flags.why, 'why', HINT);
    const place = await this.place();
    const net = parseSeq(args.seq);
    const { view, run } = findRecord(place.layout.directory, net);
    const stated = view.text('egress', 'body');
    if (view.kind !== 'net' || stated === undefined || run === undefined) {
      throw new EgressError('RECORD_NOT_FOUND', `record #${net} has no fingerprint of a body`, {
        hint: 'Bodies that were not seen whole, or are longer than the setting, have none.',
      });
    }
    // Before the salt is in memory.
    forbidMemoryReads();
    const keys = keyDirectory(keyBase(process.env), realpathSync(place.layout.directory));
    const salt = readSecret(fileSystem, saltFile(keys), process.getuid?.());
    const digest = createHash('sha256').update(readGiven(args.file)).digest('hex');
    const matches = fingerprint(salt, run, net, digest) === stated;
    const { seq } = await this.handIn({ kind: 'fingerprint', net, matches, why }, place);
    if (!matches) process.exitCode = 1;
    if (this.jsonEnabled()) return { net, matches, seq };
    const answer = matches ? 'the body of that call was this file' : 'it was another body, or another form of it';
    this.print(`${matches ? '✓ SAME' : '✗ NOT THE SAME'}   ${answer}   recorded as #${seq}`);
    return undefined;
  }
}
