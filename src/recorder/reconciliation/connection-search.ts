/** Which of a process's connections a call went over. */
import type { CallFrame } from '../../event/frame.js';
import { canonicalAddress } from './canonical-address.js';
import type { ConnectionTable } from './connection-table.js';
import { targetKey, type KernelConnection } from './kernel-connection.js';

/** The connection that a call of the hooks went over, by what the call says of itself. */
export function findConnection(table: ConnectionTable, pid: number, frame: CallFrame): KernelConnection | undefined {
  const { ch, host, ip, port, pport, lport } = frame;
  if (ip === undefined && ch !== 'unix') return findUntold(table, pid, frame);
  const target =
    ch === 'unix' ? targetKey(pid, host ?? '', undefined) : targetKey(pid, canonicalAddress(ip ?? ''), pport ?? port);
  if (lport !== undefined && ch !== 'udp') {
    const established = table.established(target, lport);
    if (established !== undefined && !hasEndedBefore(established, frame)) return established;
  }
  return table.unclaimed(target) ?? (isShared(frame) ? table.lastClaimed(target) : undefined);
}

/** The frame does not say where it went: it was sent before that was known, or went through a unix socket. */
function findUntold(table: ConnectionTable, pid: number, { port, reused }: CallFrame): KernelConnection | undefined {
  for (const connection of table.pending(pid)) {
    if (connection.transport !== 'udp' && (connection.port === port || connection.path !== undefined))
      return connection;
  }
  if (reused !== true) return undefined;
  for (const connection of table.values()) {
    if (connection.process.pid === pid && connection.path !== undefined && connection.isClaimed) return connection;
  }
  return undefined;
}

/** The system gives a local port out again, soon after the connection that had it. */
function hasEndedBefore({ closed }: KernelConnection, { at, reused }: CallFrame): boolean {
  return reused !== true && closed !== undefined && at > closed.at;
}

/** Whether the call may go over a connection that an earlier call opened. */
function isShared({ reused, ch }: CallFrame): boolean {
  return reused === true || ch === 'udp';
}
