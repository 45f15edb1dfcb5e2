import { realpathSync } from 'node:fs';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { parseExpectedHead } from '../audit/expected-head.js';
import { ownKey, parseKeyArgument } from '../audit/pinned-key.js';
import { scanSegments } from '../audit/scan-pool.js';
import { verdictExitCode, type Verification } from '../audit/verification.js';
import { verifyJournal } from '../audit/verify-journal.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';
import { verifyText } from '../report/verify-text.js';

export default class Verify extends EgressCommand {
  static override summary = 'Check that a journal is whole, unchanged and signed, and say what that does not show.';
  static override description =
    'Without --key, the key of the one who records here counts as pinned.\n' +
    'Only a head that was kept elsewhere (egress head) shows that the end was not cut off.';

  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify ./journal --key ops.pub --expect-head head.txt',
    '<%= config.bin %> verify --strict --json',
  ];

  static override args = { journal: journalArg };
  static override flags = {
    key: string({ description: 'Key that the journal has to begin with, or a file with it', helpValue: '<key|file>' }),
    'expect-head': string({
      description: 'Head that the journal has to contain: SIZE:ROOT, or a checkpoint file',
      helpValue: '<head|file>',
    }),
    strict: boolean({ description: 'Exit with 1 unless it is verified without a limit' }),
  };

  async run(): Promise<Verification | undefined> {
    const { args, flags } = await this.parse(Verify);
    const expected = flags['expect-head'] === undefined ? undefined : parseExpectedHead(flags['expect-head']);
    const given =
      flags.key === undefined
        ? undefined
        : { key: parseKeyArgument(flags.key), source: 'given' as const, replaced: [] };
    const directory = realPath(await this.journalPath(args.journal));
    const result = await verifyJournal({
      directory,
      pinned: given ?? ownKey(keyBase(process.env), directory),
      expected,
      verify: verifySignature,
      scan: scanSegments,
    });
    process.exitCode = verdictExitCode(result, flags.strict);
    if (this.jsonEnabled()) return result;
    this.print(verifyText(result, this.colour()));
    return undefined;
  }
}

/** The key directory goes by it. A path that does not exist stays as it is, and is found missing later. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return path.resolve(directory);
  }
}
