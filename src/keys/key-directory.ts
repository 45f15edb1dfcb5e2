/**
 * The key directory: what belongs to a journal but must not lie in it, since the journal's readers are not to sign.
 *
 * `<base>/journals/<32 hex digits of SHA-256(real path of the journal)>/`, mode 0700, with `pin.json`,
 * `resume-<epoch>.key`, `salt`, `lock`, `frontier.json` and, while it is recorded, the socket `control`.
 */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import { decodeUtf8 } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import { makeFolders, readSmallFile, replaceFile, type FileSystem } from './file-system.js';

const PIN_BYTES_MAX = 65_536;
const REPLACED_MAX = 64;

/** A journal that this path held before. */
export interface ReplacedJournal {
  readonly origin: string;
  readonly created: string;
}

/** What "your own key" means: this path holds the journal of this genesis key. */
export interface Pin {
  readonly origin: string;
  /** Real path of the journal. */
  readonly path: string;
  /** Genesis verifier key. */
  readonly key: string;
  readonly created: string;
  /** Journals that were recorded at this path before and then taken away, newest first. */
  readonly replaced: readonly ReplacedJournal[];
}

/** `EGRESS_KEYS`, else `$XDG_DATA_HOME/egress`, else `~/.local/share/egress`. Relative XDG paths count as unset. */
export function keyBase(env: Readonly<Record<string, string | undefined>>): string {
  const own = env['EGRESS_KEYS'];
  if (own !== undefined && own !== '') return path.resolve(own);
  const data = env['XDG_DATA_HOME'];
  if (data !== undefined && path.isAbsolute(data)) return path.join(data, 'egress');
  return path.join(homedir(), '.local', 'share', 'egress');
}

/** Where the keys of the journal at this real path lie. */
export function keyDirectory(base: string, journalRealPath: string): string {
  const digest = createHash('sha256').update(journalRealPath).digest('hex');
  return path.join(base, 'journals', digest.slice(0, 32));
}

/**
 * Creates the key directory if needed and makes sure that it is a folder of ours that nobody else can enter.
 * @throws KEY_FILE_MODE, JOURNAL_UNWRITABLE
 */
export function prepareKeyDirectory(fs: FileSystem, directory: string, uid: number | undefined): void {
  try {
    makeFolders(fs, directory, 0o700);
    const stat = fs.lstatSync(directory);
    const isOurs = uid === undefined || (stat.uid === uid && (stat.mode & 0o077) === 0);
    if (stat.isDirectory() && isOurs) return;
  } catch (error) {
    throw new EgressError('JOURNAL_UNWRITABLE', `cannot use the key folder ${directory}: ${systemCode(error) ?? ''}`, {
      hint: 'Keys need a folder of your own; EGRESS_KEYS names another one.',
      cause: error,
    });
  }
  throw new EgressError('KEY_FILE_MODE', `${directory} is open to others, belongs to another user or is no folder`, {
    hint: `If nobody used that: chmod 700 ${directory}`,
  });
}

const pinFile = (directory: string): string => path.join(directory, 'pin.json');
export const saltFile = (directory: string): string => path.join(directory, 'salt');
export const lockFile = (directory: string): string => path.join(directory, 'lock');
export const controlSocket = (directory: string): string => path.join(directory, 'control');
export const frontierFile = (directory: string): string => path.join(directory, 'frontier.json');
export const resumeKeyFile = (directory: string, epoch: number): string => path.join(directory, `resume-${epoch}.key`);

function isReplaced(value: unknown): value is ReplacedJournal {
  if (typeof value !== 'object' || value === null) return false;
  const { origin, created } = value as Record<string, unknown>;
  return typeof origin === 'string' && typeof created === 'string';
}

/**
 * @returns undefined where no journal is known at the path
 * @throws KEY_INVALID if pin.json is damaged, JOURNAL_UNREADABLE if it cannot be read
 */
export function readPin(fs: FileSystem, directory: string): Pin | undefined {
  const bytes = readSmallFile(fs, pinFile(directory), PIN_BYTES_MAX);
  if (bytes === undefined) return undefined;
  const bad = new EgressError('KEY_INVALID', `${pinFile(directory)} is damaged`, {
    hint: 'It names the key that the journal has to begin with; give the key with --key instead.',
  });
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    throw bad;
  }
  if (typeof value !== 'object' || value === null) throw bad;
  const { origin, path: at, key, created, replaced } = value as Record<string, unknown>;
  if (typeof origin !== 'string' || typeof at !== 'string' || typeof key !== 'string') throw bad;
  if (typeof created !== 'string' || !Array.isArray(replaced) || !replaced.every(isReplaced)) throw bad;
  return { origin, path: at, key, created, replaced };
}

/** Pins a new journal. What the path held before stays named, so that its disappearance can be seen. */
export function writePin(fs: FileSystem, directory: string, pin: Omit<Pin, 'replaced'>, before: Pin | undefined): void {
  const replaced = before === undefined ? [] : [{ origin: before.origin, created: before.created }, ...before.replaced];
  const text = JSON.stringify({ ...pin, replaced: replaced.slice(0, REPLACED_MAX) });
  replaceFile(fs, pinFile(directory), Buffer.from(`${text}\n`), 0o600);
}
