import { FILE_PATH_CHARS_MAX, NAME_CHARS_MAX } from '../../core/limits.js';
import type { HelloFrame } from '../../event/frame.js';
import { cap } from '../../event/redaction.js';
import type { PeerCredentials } from '../../system/peer-credentials.js';
import { isDescendant, processExecutable, processStatus } from '../../system/process-status.js';
import type { ProcessDetail } from '../rows/segment-ledger.js';

/**
 * What the journal says of a peer. The kernel's word comes first; what only the peer says is marked `claimed`: a
 * process in another pid namespace, a daemon that was adopted, or one that lies about its pid.
 * @param credentials as the kernel gave them at accept, where it can
 * @param recorder pid that processes of this run descend from
 */
export function identifyPeer(
  credentials: PeerCredentials | undefined,
  hello: HelloFrame,
  recorder: number,
): ProcessDetail {
  const isKnown = credentials !== undefined && credentials.pid > 0;
  const pid = isKnown ? credentials.pid : hello.pid;
  const isOurs = isKnown && pid === hello.pid && isDescendant(pid, recorder);
  const executable = (isKnown ? processExecutable(pid) : undefined) ?? hello.executable;
  return {
    pid,
    parent_pid: (isKnown ? processStatus(pid)?.parentPid : undefined) ?? hello.ppid,
    executable: cap(executable, FILE_PATH_CHARS_MAX),
    argv0: cap(hello.argv0, NAME_CHARS_MAX),
    node: cap(hello.node, 32),
    thread: hello.thread,
    identity: isOurs ? 'peer' : 'claimed',
  };
}
