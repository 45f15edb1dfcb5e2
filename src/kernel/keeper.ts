/**
 * A small process that outlives the recorder. When the recorder is killed, calls that wait at the listener would wait
 * for ever, and new ones fail; the keeper holds the listener open and lets them all go, unrecorded, until the last
 * process of the run has ended. While the recorder lives it does nothing, unless that is stopped (SIGSTOP).
 *
 * Descriptors: 0 a socket to the recorder, which ends with it; 3 the listener; 4 the memory of the listener.
 */
import { readSync } from 'node:fs';
import { kernelCalls } from '../system/kernel-calls.js';
import { processStatus } from '../system/process-status.js';
import { Listener, SHARED_BYTES } from './listener.js';
import { PollSet, POLLHUP, POLLIN } from './poll-set.js';

const CONTROL = 0;
const LISTENER = 3;
const MEMORY = 4;
/** How long a stopped recorder may keep the program waiting. */
const LOOK_MS = 250;
const recorder = process.ppid;

function isRecorderStopped(): boolean {
  const status = processStatus(recorder);
  return status?.parentPid !== undefined && status.state === 'stopped';
}

function keep(): void {
  const calls = kernelCalls();
  if ('reason' in calls) {
    process.exitCode = 1;
    return;
  }
  // What we receive ourselves goes elsewhere: a recorder that was only stopped still works with its own memory.
  const own = new Listener(calls, LISTENER, Buffer.allocUnsafeSlow(SHARED_BYTES).fill(0));
  const recorders = new Listener(calls, LISTENER, calls.mapShared(MEMORY, SHARED_BYTES));
  const idle = new PollSet(calls, [
    [CONTROL, POLLIN],
    [LISTENER, 0],
  ]);
  const byte = Buffer.alloc(1);
  const busy = new PollSet(calls, [[LISTENER, POLLIN]]);
  const serve = (lasts: () => boolean): void => {
    if (own.letGoOf(recorders)) recorders.countKept();
    while (lasts()) {
      busy.wait(LOOK_MS);
      if ((busy.happened(0) & POLLIN) !== 0) {
        // A recorder that goes on takes this call itself.
        if (!lasts()) return;
        const notification = own.receive();
        if (notification === 'ended') return;
        if (notification !== 'none' && own.letGo()) recorders.countKept();
      } else if ((busy.happened(0) & POLLHUP) !== 0) return;
    }
  };
  for (;;) {
    idle.wait(LOOK_MS);
    if ((idle.happened(1) & POLLHUP) !== 0) return;
    if (idle.happened(0) !== 0) {
      // A byte is a goodbye: nobody is left to keep for. The end of the socket is the end of the recorder.
      if (!isGoodbye(byte)) serve(() => true);
      return;
    }
    if (isRecorderStopped()) serve(isRecorderStopped);
  }
}

function isGoodbye(byte: Buffer): boolean {
  try {
    return readSync(CONTROL, byte) > 0;
  } catch {
    return false;
  }
}

keep();
