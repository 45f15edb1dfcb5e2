import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { EgressCommand } from '../cli/base-command.js';
import { Questions } from '../cli/questions.js';
import { readCard } from '../custody/officer-desk.js';
import { EgressError, systemCode } from '../core/error.js';
import type { Roles } from '../event/roles.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import type { OfficerAnchor } from '../journal/folder/journal-file.js';
import { fileSystem } from '../keys/file-system.js';
import { schemaLine } from '../cli/schema-line.js';
import { policyStub } from '../policy/policy-stub.js';
import { keyFingerprint } from '../keys/verifier-key.js';
import { readContinuation } from '../recorder/upkeep/foundation.js';
import { found } from '../recorder/upkeep/found-journal.js';
import { requestedRoles } from '../recorder/upkeep/requested-roles.js';
import { foundationText, type FoundationSummary, type SideFile } from '../report/upkeep/foundation-text.js';

const POLICY_FILE = 'egress.policy.yaml';
const CONFIG_FILE = 'egress.config.yaml';
const ENFORCE_CONFIG = '# Segments get file flags that keep even their owner from changing them.\nenforce: true\n';

/** What is to be made; each from its flag, else from an answer, else the default. */
interface Wish {
  readonly journal: string;
  readonly audit: string | undefined;
  readonly officers: string | undefined;
  readonly policy: boolean;
}

interface WishFlags {
  readonly yes: boolean;
  readonly 'audit-group': string | undefined;
  readonly 'officer-group': string | undefined;
  readonly policy: boolean | undefined;
}

export default class Init extends EgressCommand {
  static override summary = 'Set up a journal: its keys, who may read it, a first policy.';
  static override description =
    'Prints the key that whoever checks the journal needs. A second time it says what\n' +
    'is there and changes nothing; what stands is never weakened. egress run makes a\n' +
    'journal, too, without groups: init is for those who share one.';

  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init /var/lib/egress --audit-group audit --officer-group officers --yes',
    '<%= config.bin %> init --officer alice.keys.card --recovery safe.keys.card',
    '<%= config.bin %> init new --continues old --why "keys lost with the disk"',
  ];

  static override args = { journal: stringArg({ description: 'Folder of the journal (default .egress)' }) };

  static override flags = {
    yes: boolean({ char: 'y', description: 'Ask nothing: what no flag says is left at its default' }),
    'audit-group': string({ description: 'Group that may read all but bodies', helpValue: '<group>' }),
    officer: string({ description: 'Card of the first officer, who decides about bodies', helpValue: '<card>' }),
    recovery: string({
      description: 'Card of a key, kept offline, that may name an officer later',
      helpValue: '<card>',
    }),
    'officer-group': string({ description: 'Group that may read bodies', helpValue: '<group>' }),
    enforce: boolean({ description: `Have file flags set on segments, by ${CONFIG_FILE} (as root)` }),
    policy: boolean({ description: `Write a first ${POLICY_FILE}, if there is none`, allowNo: true }),
    repair: boolean({ description: 'Set owner, groups and modes back to what the roles of the journal say' }),
    continues: string({
      description: 'Journal that this one goes on from, as its keys are lost',
      helpValue: '<folder>',
      dependsOn: ['why'],
    }),
    why: string({ description: 'Why it does; it is recorded', helpValue: '<text>', dependsOn: ['continues'] }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Init);
    const named = await this.journalPath(args.journal);
    const wish = await this.#wish(named, args.journal !== undefined, flags);
    const { audit, officers } = wish;
    const roles: Roles | undefined = requestedRoles(audit, officers);
    const { continues: old, why = '' } = flags;
    const continues = old === undefined ? undefined : readContinuation(fileSystem, old, why);
    const anchor = readAnchor(flags);
    const settings = await this.settings(flags.enforce ? { enforce: 'on' } : {});
    const warn = (text: string): void => {
      process.stderr.write(`egress: ${text}\n`);
    };
    const options = { directory: wish.journal, settings, version: this.config.version, warn };
    const { journal, state, loose, keys, head, done } = await found(options, {
      ...{ roles, continues, isRepair: flags.repair, anchor },
    });
    const summary: FoundationSummary = {
      ...{ journal: wish.journal, done, origin: journal.origin, key: journal.key.text, created: journal.created },
      ...{
        keys,
        roles: state.roles,
        officer: journal.officer,
        recovery: journal.recovery,
        continues: state.continues,
        loose,
      },
      head: head === undefined ? undefined : { size: head.size, root: rootToBase64(head.root) },
      files: [...policyFile(wish.policy), ...(flags.enforce ? configFile() : [])],
    };
    if (this.jsonEnabled()) return { ...summary, fingerprint: keyFingerprint(summary.key) };
    this.print(foundationText(summary, this.colour()));
    return undefined;
  }

  async #wish(journal: string, isNamed: boolean, flags: WishFlags): Promise<Wish> {
    const { yes, 'audit-group': audit, 'officer-group': officers, policy } = flags;
    // A second time nothing is changed that no flag asks for.
    const isThere = existsSync(path.join(journal, 'journal.json'));
    const given: Wish = { journal, audit, officers, policy: policy ?? !isThere };
    if (yes || isThere) return given;
    if (this.jsonEnabled() || !Questions.areHeard) {
      throw new EgressError('USAGE', 'there is nobody here to ask', {
        hint: `egress init ${isNamed ? journal : ''} --yes takes the defaults; egress init --help shows the flags.`,
      });
    }
    const questions = new Questions();
    try {
      const folder = isNamed ? journal : await questions.text('Folder of the journal', journal);
      const readers = audit ?? (await questions.text('Group that may read it, without bodies', 'none'));
      const isShared = readers !== 'none';
      const asked = isShared ? (officers ?? (await questions.text('Group that may read bodies', 'none'))) : 'none';
      const isAsked = policy === undefined && !existsSync(POLICY_FILE);
      return {
        journal: folder,
        audit: isShared ? readers : undefined,
        officers: asked === 'none' ? officers : asked,
        policy: isAsked ? await questions.yes(`Write a first ${POLICY_FILE} (see its first lines)`) : given.policy,
      };
    } finally {
      questions.close();
    }
  }
}

/** @throws CARD_INVALID, USAGE */
function readAnchor(flags: {
  readonly officer?: string | undefined;
  readonly recovery?: string | undefined;
}): OfficerAnchor {
  const [officer, recovery] = [flags.officer, flags.recovery].map((file) =>
    file === undefined ? undefined : readCard(file),
  );
  if (officer !== undefined && officer.key.name === recovery?.key.name) {
    throw new EgressError('USAGE', `officer and recovery key are both called ${officer.key.name}`, {
      hint: 'They are told apart by their names: egress officer init safe.keys --name safe',
    });
  }
  return {
    ...(officer === undefined ? {} : { officer: officer.line }),
    ...(recovery === undefined ? {} : { recovery: recovery.key.text }),
  };
}

/** Never overwrites: `wx`. */
function write(file: string, text: string): 'created' | 'kept' {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return 'created';
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return 'kept';
    throw new EgressError('SETTINGS_INVALID', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, {
      hint: 'The journal itself is set up. Make the folder writable, or give --no-policy.',
      cause: error,
    });
  }
}

function policyFile(isWanted: boolean): SideFile[] {
  if (!isWanted) return [{ file: POLICY_FILE, done: existsSync(POLICY_FILE) ? 'kept' : 'left_out' }];
  return [{ file: POLICY_FILE, done: write(POLICY_FILE, policyStub(schemaLine('.'))) }];
}

function configFile(): SideFile[] {
  const done = write(CONFIG_FILE, ENFORCE_CONFIG);
  return [{ file: CONFIG_FILE, done, ...(done === 'kept' ? { advice: 'It has to say: enforce: true' } : {}) }];
}
