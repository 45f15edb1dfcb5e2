/**
 * The recorder's control socket: while it holds the journal, other commands of the same user hand it their statements
 * and get back where they stand. One line of JSON each way.
 *
 * The socket lies in the key directory, which only its owner can enter; who connects is asked of the kernel all the
 * same. What arrives is bounded in size, time and number, and a statement is checked like any hostile input.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { EgressError } from '../../core/error.js';
import type { Author } from '../../event/author.js';
import { decodeStatement, type Declared, type Statement } from '../../journal/state/statement.js';
import { peerCredentials } from '../../system/peer-credentials.js';
import { ownAuthor } from '../author.js';
import { descriptorOf, listenAt, withShortPath } from '../unix-socket.js';

/** Of a statement, and of the answer to it. */
export const CONTROL_BYTES_MAX = 65_536;
const CONNECTIONS_MAX = 16;
const REQUEST_MS_MAX = 5_000;

interface StatementTaker {
  /** @throws EgressError */
  declare(statement: Statement, by: Author): Declared;
}

/**
 * Listens at `path`, where the lock makes sure that nobody else does: what is there is left over from a crash.
 * @returns undefined where no socket can be had (a file system without sockets): recording goes on, and the other
 * commands have to wait for its end
 */
export async function listenForStatements(path: string, taker: StatementTaker): Promise<{ close(): void } | undefined> {
  if (process.platform === 'win32') return undefined;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const fd = descriptorOf(socket);
    const author = authorOf(fd === undefined ? undefined : peerCredentials(fd)?.uid);
    if (author === undefined) socket.destroy();
    else serve(socket, author, taker);
  });
  server.maxConnections = CONNECTIONS_MAX;
  try {
    rmSync(path, { force: true });
    await withShortPath(path, (short) => listenAt(server, short));
    chmodSync(path, 0o600);
  } catch {
    server.close();
    return undefined;
  }
  server.on('error', () => undefined);
  return {
    close(): void {
      server.close();
      rmSync(path, { force: true });
    },
  };
}

/**
 * Root may ask too: it could do without asking. Where the system does not tell who it is, the folder's mode decided.
 * @returns undefined for anybody else
 */
function authorOf(uid: number | undefined): Author | undefined {
  const own = ownAuthor();
  if (uid === undefined || uid === own.uid) return own;
  return uid === 0 ? { uid, name: 'root' } : undefined;
}

function serve(socket: Socket, author: Author, taker: StatementTaker): void {
  let text = '';
  const timer = setTimeout(() => socket.destroy(), REQUEST_MS_MAX);
  timer.unref();
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
  });
  socket.on('end', () => socket.end());
  const onData = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= CONTROL_BYTES_MAX) return;
    socket.off('data', onData);
    socket.resume();
    socket.end(`${JSON.stringify(answer(text.slice(0, Math.max(0, end)), author, taker))}\n`);
  };
  socket.on('data', onData);
}

function answer(line: string, author: Author, taker: StatementTaker): object {
  try {
    const { seq, head } = taker.declare(decodeStatement(JSON.parse(line)), author);
    return { seq, head };
  } catch (error) {
    const failure =
      error instanceof EgressError
        ? error
        : new EgressError('STATEMENT_INVALID', 'what arrived on the control socket is no statement');
    const { code, message, hint } = failure;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}
