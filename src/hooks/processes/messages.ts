/**
 * A worker or a child that says it is done may be ended on the spot, without another turn: test runners kill theirs
 * when the last result is in. So what this thread knows is handed over before a message of its leaves.
 */
import { MessagePort, isMainThread } from 'node:worker_threads';
import { wrap } from '../patch.js';
import { apply } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import { channel, hookFailed } from '../thread.js';

function settleFirst(original: ForeignFunction): ForeignFunction {
  return function (this: Foreign) {
    try {
      channel().settle();
    } catch {
      hookFailed();
    }
    return apply(original, this, arguments);
  };
}

export function patchMessages(): void {
  if (!isMainThread) wrap(MessagePort.prototype, 'postMessage', settleFirst);
  else if (process.send !== undefined) wrap(process, 'send', settleFirst);
}
