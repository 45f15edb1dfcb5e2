import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { parseExpectedHead } from '../audit/heads/expected-head.js';
import { ownKey } from '../audit/heads/pinned-key.js';
import { chooseHead } from '../audit/heads/signed-head.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { writeOutput } from '../cli/output-file.js';
import { ProgressLine } from '../cli/progress-line.js';
import { parseSeq } from '../cli/seq-argument.js';
import { decodeDecimal } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';
import { proveConsistency, proveRecord, type EarlierHead } from '../proof/prove.js';

export default class Prove extends EgressCommand {
  static override summary = 'Write a proof of one record, or that one head is the beginning of another.';
  static override description =
    'Whoever gets the proof checks it with egress verify, without the journal. A record’s proof holds its line, and\n' +
    'the process, call site and header lines that it refers to; no other line. It is a C2SP tlog-proof.';

  static override examples = [
    '<%= config.bin %> prove 287 --out record-287.tlog-proof',
    '<%= config.bin %> prove --from head.txt --out heads.proof',
  ];

  static override args = {
    seq: stringArg({ description: 'Number of the record, as egress log shows it' }),
    journal: journalArg,
  };
  static override flags = {
    from: string({ description: 'Lead from this head to the newest one', helpValue: '<size|head|file>' }),
    head: integer({ description: 'Prove under the kept head of so many records, not the newest', helpValue: '<size>' }),
    alone: boolean({ description: 'Leave out the lines that the record refers to' }),
    out: string({ description: 'Write the proof to a file, not to stdout', helpValue: '<file>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Prove);
    // With --from there is no record, so the only argument is the journal.
    const isOfHeads = flags.from !== undefined;
    if (isOfHeads ? args.journal !== undefined : args.seq === undefined) throw usage(isOfHeads);
    const directory = existingJournal(await this.journalPath(isOfHeads ? args.seq : args.journal));
    const chosen = chooseHead(directory, ownKey(keyBase(process.env), directory), verifySignature, flags.head);
    const progress = new ProgressLine(process.stderr);
    const onProgress = (share: number): void => {
      progress.show('reading the journal', share);
    };
    const { bytes, damaged, disclosed } =
      flags.from === undefined
        ? proveRecord(chosen, parseSeq(args.seq ?? ''), !flags.alone, onProgress)
        : { ...proveConsistency(chosen, parseFrom(flags.from), onProgress), disclosed: [] };
    progress.clear();
    if (flags.out !== undefined) writeOutput(flags.out, bytes);
    const { size } = chosen.head;
    const root = rootToBase64(chosen.head.root);
    if (this.jsonEnabled()) {
      const proof = Buffer.from(bytes).toString('utf8');
      return { proof, disclosed, damaged, head: { size, root }, key: chosen.key.text };
    }
    const said = [
      ...(disclosed.length > 0
        ? [`Discloses   ${disclosed.map(({ seq, kind }) => `#${seq} ${kind}`).join(', ')}`]
        : []),
      `Head        ${size}:${root}`,
      ...damagedText(damaged),
      `Check it    egress verify ${flags.out ?? 'FILE'} --key ${chosen.key.text}`,
    ];
    if (flags.out === undefined) {
      process.stdout.write(bytes);
      process.stderr.write(`${said.join('\n')}\n`);
    } else this.print([`Proof       ${flags.out}`, ...said].join('\n'));
    return undefined;
  }
}

/** The signed root shows that the hashes that stand for them are right. */
function damagedText(damaged: readonly number[]): readonly string[] {
  const [first] = damaged;
  if (first === undefined) return [];
  const which = damaged.length === 1 ? `#${first} is` : `#${first} and ${damaged.length - 1} more are`;
  return [
    `Damaged     ${which} not whole, but what was signed of them is known: the proof is good`,
    '            egress verify says more',
  ];
}

function usage(isOfHeads: boolean): EgressError {
  const message = isOfHeads ? 'a record and --from do not go together' : 'neither a record nor --from was given';
  return new EgressError('USAGE', message, {
    hint: 'egress prove SEQ proves a record, egress prove --from HEAD leads from one head to the newest.',
  });
}

/** A size alone, `SIZE:ROOT` or a file; 0 where nobody knows an earlier head. @throws USAGE, HEAD_INVALID */
function parseFrom(text: string): EarlierHead {
  const size = decodeDecimal(text);
  return size === undefined ? parseExpectedHead(text) : { size };
}
