/** The user that `egress run --user` runs the program as, and what has to be kept from that user. */
import * as nodeFs from 'node:fs';
import path from 'node:path';
import { EgressError } from '../../core/error.js';
import type { Settings } from '../../settings/load-settings.js';
import { findAccount, type Account } from '../../system/accounts.js';
import { kernelCalls, type KernelCalls } from '../../system/kernel-calls.js';
import { FileRights } from '../../system/user-rights.js';
import { ownFiles } from '../own-files.js';
import { UserFiles } from './user-files.js';
import { WriteProtection } from '../upkeep/write-protection.js';

/** Where the journal of a program of another user lies, unless another place is named. */
const SHARED_JOURNAL = '/var/lib/egress';

const R_OK = 4;
const X_OK = 1;

/** What somebody who could write to a thing could do with it. */
const SUBJECTS = {
  journal: { name: 'the journal', advice: 'Name a folder that only root can reach: --journal DIR' },
  keys: { name: 'the keys', advice: 'Name a folder that only root can reach: EGRESS_KEYS' },
  config: { name: 'the config file', advice: 'Give it to root, in a folder of root’s, or name another: --config FILE' },
  summary: { name: 'the summary file', advice: 'Name a file in a folder that only root can write to.' },
  policy: { name: 'the policy', advice: 'Give it to root, in a folder of root’s, or name another: --policy FILE' },
  egress: { name: 'egress itself', advice: 'Install egress as root: npm install -g' },
  node: { name: 'the Node.js that runs egress', advice: 'Run egress with a Node.js that root installed.' },
} as const;

type Subject = keyof typeof SUBJECTS;

export class ProgramGuard {
  readonly account: Account;
  readonly #calls: KernelCalls;
  readonly #rights: FileRights;
  readonly #protection: WriteProtection;

  private constructor(account: Account, calls: KernelCalls) {
    this.account = account;
    this.#calls = calls;
    this.#rights = new FileRights(calls, account);
    this.#protection = new WriteProtection(this.#rights, account);
  }

  /**
   * @param name of the user, or its number
   * @throws PLATFORM_UNSUPPORTED, USER_REFUSED, ACCOUNT_UNKNOWN
   */
  static of(name: string): ProgramGuard {
    const calls = kernelCalls();
    if ('reason' in calls) {
      throw new EgressError('PLATFORM_UNSUPPORTED', `--user does not work here: ${calls.reason.replaceAll('_', ' ')}`, {
        hint: 'It needs Linux, and the system calls that egress doctor looks for.',
      });
    }
    if (process.getuid?.() !== 0) {
      throw new EgressError('USER_REFUSED', 'only root can run a program as another user', {
        hint: 'sudo egress run --user NAME -- COMMAND',
      });
    }
    const account = findAccount(name);
    if (account === undefined) throw new EgressError('ACCOUNT_UNKNOWN', `there is no user ${name}`);
    if (account.uid === 0) {
      throw new EgressError('USER_REFUSED', `${name} is root, from whom nothing can be kept`, {
        hint: 'Name a user that the program alone has: useradd --system NAME',
      });
    }
    return new ProgramGuard(account, calls);
  }

  /** @throws USER_REFUSED if the user could put something else in the place of the file, or of a folder above it */
  refuse(subject: Subject, file: string): void {
    const breach = this.#protection.breach(file);
    if (breach === undefined) return;
    const { name, advice } = SUBJECTS[subject];
    const where = breach === path.resolve(file) ? breach : `${breach}, on the way to ${file}`;
    throw new EgressError('USER_REFUSED', `${this.account.name} could change ${name}: it can write to ${where}`, {
      hint: `${advice}\nThe program was not started.`,
    });
  }

  /** The file system for reading settings and policies: what the user could have written is not even opened. */
  fileSystem(subject: Subject): typeof nodeFs {
    const openSync: typeof nodeFs.openSync = (file, ...rest) => {
      if (nodeFs.existsSync(file)) this.refuse(subject, String(file));
      return nodeFs.openSync(file, ...rest);
    };
    return { ...nodeFs, openSync };
  }

  /** Where no journal is named, one that the user's folders have nothing to do with. */
  settings(settings: Settings): Settings {
    if (settings.journal.from !== 'default') return settings;
    return { ...settings, journal: { value: SHARED_JOURNAL, from: 'default' } };
  }

  /**
   * All that a run depends on beside its settings, and what the user needs: without the preload each of its Node.js
   * processes would end at once.
   * @throws USER_REFUSED
   */
  requireAll(places: {
    readonly journal: string;
    readonly keys: string;
    /** Written as root when the program has ended: a link in its place would lead anywhere. */
    readonly summary: string | undefined;
    readonly preload: string;
    readonly cwd: string;
  }): void {
    const { journal, keys, summary, preload, cwd } = places;
    this.refuse('journal', journal);
    this.refuse('keys', keys);
    if (summary !== undefined) this.refuse('summary', summary);
    this.refuse('node', process.execPath);
    for (const file of ownFiles(path.dirname(path.dirname(path.dirname(preload))))) this.refuse('egress', file);
    const { name } = this.account;
    const [canRead, canEnter] = this.#rights.as((may) => [may(preload, R_OK), may(cwd, R_OK | X_OK)]);
    if (!canRead) {
      throw new EgressError('USER_REFUSED', `${name} cannot read ${preload}, which its Node.js has to load`, {
        hint: 'Install egress where every user can read it: npm install -g',
      });
    }
    if (!canEnter) {
      throw new EgressError('USER_REFUSED', `${name} cannot enter the working folder ${cwd}`, {
        hint: 'Change to a folder that it may enter; that need not be one that it may write to.',
      });
    }
  }

  /** @throws USER_REFUSED if the user cannot run egress's own code */
  files(onLost: () => void): UserFiles {
    return UserFiles.start(this.#calls, this.account, onLost);
  }

  environment(inherited: Environment, passed: readonly string[]): Environment {
    return userEnvironment(inherited, this.account, passed);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are no secret and that programs want as they are. */
const PLAIN_VARIABLE = /^(PATH|LANG|LANGUAGE|LC_[A-Z]+|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|TZ|CI)$/;

/**
 * The environment of the user's program. What root has in its own may be anybody's secrets: but for a few plain ones,
 * only variables that are named go to the program, and none of egress's.
 * @param passed names
 */
function userEnvironment(
  inherited: Environment,
  { name, home, shell }: Account,
  passed: readonly string[],
): Environment {
  const isPassed = (variable: string): boolean =>
    !variable.startsWith('EGRESS_') && (PLAIN_VARIABLE.test(variable) || passed.includes(variable));
  return {
    ...Object.fromEntries(Object.entries(inherited).filter(([variable]) => isPassed(variable))),
    ...{ HOME: home, USER: name, LOGNAME: name, SHELL: shell },
  };
}
