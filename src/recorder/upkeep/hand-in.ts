/**
 * Hands a statement to the journal: to the recorder that holds it, over its control socket, or where nothing is
 * recorded, in a session of its own.
 */
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { EgressError, isErrorCode, systemCode } from '../../core/error.js';
import { formatMicros } from '../../core/timestamp.js';
import type { Author } from '../../event/author.js';
import type { Declared, Statement } from '../../journal/state/statement.js';
import type { JournalWriter } from '../../journal/writer.js';
import { controlSocket, keyBase, keyDirectory } from '../../keys/key-directory.js';
import type { Settings } from '../../settings/load-settings.js';
import { forbidMemoryReads } from '../../system/memory.js';
import { ownAuthor } from '../author.js';
import { CONTROL_BYTES_MAX } from './control-socket.js';
import { openWriter, wallClockMicros } from './open-writer.js';
import { runtimeVersions } from '../runtime-versions.js';
import { withShortPath } from '../unix-socket.js';

/** Signing takes milliseconds; a recorder under load may be behind. */
const ANSWER_MS_MAX = 15_000;
/** A recorder holds the lock a little before its socket is there, and after it is gone while it seals the last bodies. */
const ATTEMPTS_MAX = 60;
const ATTEMPT_MS = 100;

export interface HandInOptions {
  /** Of the control socket. */
  readonly control: string;
  /** Opens the journal for a session. @throws JOURNAL_LOCKED and the codes of opening */
  readonly open: () => JournalWriter;
  /** Name of the command, for `session.open`. */
  readonly command: string;
  readonly version: string;
  /** µs since the Unix epoch. */
  readonly now: () => number;
}

export interface HandedIn extends Declared {
  /** Who wrote it. */
  readonly through: 'recorder' | 'session';
}

/**
 * @throws STATEMENT_REFUSED, STATEMENT_INVALID, CONTROL_FAILED, JOURNAL_LOCKED, and the codes of opening a journal
 */
export async function handIn(statement: Statement, options: HandInOptions): Promise<HandedIn> {
  for (let attempt = 1; ; attempt += 1) {
    const declared = await askRecorder(options.control, statement);
    if (declared !== undefined) return { ...declared, through: 'recorder' };
    try {
      return { ...inSession(statement, options), through: 'session' };
    } catch (error) {
      const isLocked = error instanceof EgressError && error.code === 'JOURNAL_LOCKED';
      if (!isLocked || attempt === ATTEMPTS_MAX) throw error;
      await delay(ATTEMPT_MS);
    }
  }
}

function inSession(statement: Statement, options: HandInOptions): Declared {
  const writer = options.open();
  try {
    // What is refused leaves no session behind.
    writer.check(statement);
  } catch (error) {
    writer.close();
    throw error;
  }
  return writeSession(writer, options, (by) => writer.declare(statement, by));
}

/**
 * A run without a program: a segment of its own, with what `write` puts in it.
 * @throws what `write` throws, and the codes of beginning a run
 */
export function writeSession<T>(
  writer: JournalWriter,
  { command, version, now }: Pick<HandInOptions, 'command' | 'version' | 'now'>,
  write: (by: Author) => T,
): T {
  try {
    const run = writer.beginRun();
    const time = formatMicros(now());
    const by = ownAuthor();
    writer.append({ kind: 'session.open', time, session: { run, command }, versions: runtimeVersions(version), by });
    return write(by);
  } finally {
    // A statement's head stands already; what fails from here on leaves an interrupted session and takes nothing back.
    writer.close({ kind: 'session.close', time: formatMicros(now()), session: { run: writer.run } });
  }
}

/** @returns undefined where no recorder listens */
async function askRecorder(path: string, statement: Statement): Promise<Declared | undefined> {
  const reply = await withShortPath(path, (short) => exchange(short, `${JSON.stringify(statement)}\n`));
  if (reply === undefined) return undefined;
  const failed = (cause?: unknown): EgressError =>
    new EgressError('CONTROL_FAILED', 'the recorder gave no answer that can be read', {
      hint: 'It may have ended just now: look with egress log whether the statement stands, then try again.',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(reply);
  } catch (error) {
    throw failed(error);
  }
  if (typeof value !== 'object' || value === null) throw failed();
  const { error, seq, head } = value as { error?: Record<string, unknown>; seq?: unknown; head?: unknown };
  if (error !== undefined) {
    const { code, message, hint } = error;
    if (!isErrorCode(code) || typeof message !== 'string') throw failed();
    throw new EgressError(code, message, typeof hint === 'string' ? { hint } : {});
  }
  const { origin, size, root } = (head ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(size)) throw failed();
  if (typeof origin !== 'string' || typeof root !== 'string') throw failed();
  return { seq: seq as number, head: { origin, size: size as number, root } };
}

/** Sends a line and reads the answer to its end; undefined where nobody listens. */
function exchange(path: string, line: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    let text = '';
    let isConnected = false;
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('no answer in time')));
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      isConnected = true;
      socket.end(line);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > CONTROL_BYTES_MAX) socket.destroy(new Error('the answer is too long'));
    });
    socket.on('end', () => {
      resolve(text);
    });
    socket.on('error', (error) => {
      const code = systemCode(error) ?? '';
      if (!isConnected && ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(code)) resolve(undefined);
      else reject(new EgressError('CONTROL_FAILED', `no answer from the recorder: ${error.message}`, { cause: error }));
    });
  });
}

/**
 * The same for a command: the journal at this real path, with the user's keys.
 * @throws as `handIn`
 */
export function handInFromHere(
  statement: Statement,
  from: {
    readonly directory: string;
    readonly settings: Settings;
    readonly command: string;
    readonly version: string;
  },
): Promise<HandedIn> {
  const { directory, settings, command, version } = from;
  const control = controlSocket(keyDirectory(keyBase(process.env), directory));
  const open = (): JournalWriter => {
    // Before the first key is in memory.
    forbidMemoryReads();
    return openWriter(directory, settings, (text) => process.stderr.write(`egress: ${text}\n`));
  };
  return handIn(statement, { control, open, command, version, now: wallClockMicros });
}
