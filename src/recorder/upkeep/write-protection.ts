/** Whether a user could put something else in the place of a file that a run depends on. */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import { EgressError } from '../../core/error.js';
import type { ProgramUser } from '../../core/launcher.js';
import type { FileRights } from '../../system/user-rights.js';

const W_OK = 2;
const STICKY = 0o1000;
/** As the kernel follows at most. */
const LINKS_MAX = 40;

/** A component of a path: a folder, a symbolic link, or the file itself. */
interface Component {
  readonly path: string;
  readonly stat: Stats;
  /** The next component, where it exists. */
  readonly next: Stats | undefined;
}

/**
 * Every component that decides what a path stands for, from `/` on, with those that its symbolic links lead through.
 * Stops where something does not exist.
 */
function components(file: string): Component[] {
  const found: Component[] = [];
  const look = (at: string): Stats | undefined => lstatSync(at, { throwIfNoEntry: false });
  let at = '/';
  let rest = path.resolve(file).split('/').filter(Boolean);
  let links = 0;
  for (let stat = look(at); stat !== undefined;) {
    const [name, ...later] = rest;
    const below = name === undefined ? undefined : path.join(at, name);
    const next = below === undefined ? undefined : look(below);
    found.push({ path: at, stat, next });
    if (below === undefined || next === undefined) return found;
    if (!next.isSymbolicLink()) {
      [at, stat, rest] = [below, next, later];
      continue;
    }
    links += 1;
    if (links > LINKS_MAX) throw new EgressError('USER_REFUSED', `${file} has too many symbolic links in it`);
    found.push({ path: below, stat: next, next });
    const target = path.resolve(at, readlinkSync(below));
    [at, stat, rest] = ['/', look('/'), [...target.split('/').filter(Boolean), ...later]];
  }
  return found;
}

export class WriteProtection {
  readonly #rights: FileRights;
  readonly #user: ProgramUser;
  /** Folders that were found good: most paths share them. */
  readonly #good = new Set<string>();

  constructor(rights: FileRights, user: ProgramUser) {
    this.#rights = rights;
    this.#user = user;
  }

  /**
   * @returns the first component up to `/` that the user could write to, own, or fill with something else; undefined if
   * there is none
   */
  breach(file: string): string | undefined {
    const parts = components(file);
    return this.#rights.as((may) => {
      for (const { path: at, stat, next } of parts) {
        const isWhole = next === undefined;
        if (!isWhole && this.#good.has(at)) continue;
        // An owner may change the mode, whatever it is.
        if (stat.uid === this.#user.uid) return at;
        if (stat.isSymbolicLink()) continue;
        // In a folder that is sticky, nobody removes or renames what belongs to somebody else.
        const isKept = !isWhole && (stat.mode & STICKY) !== 0 && next.uid !== this.#user.uid;
        if (!isKept && may(at, W_OK)) return at;
        if (!isWhole) this.#good.add(at);
      }
      return undefined;
    });
  }
}
