import type { CallFrame } from '../../event/frame.js';
import type { KernelConnection } from './kernel-connection.js';

/**
 * A call whose end the hooks did not tell, with what the kernel knows of its connection. Its bytes go first: a process
 * that was killed had no chance to say how far it had come.
 */
export function withKernelsWord(frame: CallFrame, connection: KernelConnection | undefined): CallFrame {
  if (connection === undefined || frame.dir === 'ingress') return frame;
  const { told } = connection;
  const [address, port] = [told?.address ?? connection.address, told?.port ?? connection.port];
  const place = frame.ip !== undefined || address === undefined ? {} : { ip: address, ...(port && { pport: port }) };
  const local =
    frame.lport !== undefined || told === undefined || told.localPort === 0 ? {} : { lport: told.localPort };
  // The kernel counts for the connection: what an earlier call sent over it, or another stream, is not this call's.
  const isAlone = connection.calls === 1 && frame.reused !== true && frame.ch !== 'http2';
  const { sent, received } = told ?? {};
  const isCounted = isAlone && sent !== undefined && received !== undefined;
  return { ...frame, ...place, ...local, ...(isCounted ? { sent, received } : {}) };
}
