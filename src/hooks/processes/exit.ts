/** The last chance to hand frames over. Not a listener: the program could remove it, and could see it. */
import { replace } from '../patch.js';
import { apply } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { channel, hookFailed } from '../thread.js';

function flushLast(): void {
  try {
    channel().finalFlush();
  } catch {
    hookFailed();
  }
}

/** Node emits `exit` through `process.emit` however a process or worker ends by itself, and exits by `reallyExit`. */
export function patchExit(): void {
  const target: Foreign = process;
  const { emit, reallyExit } = target;
  replace(target, 'emit', function (this: Foreign, type: unknown) {
    if (type !== 'exit') return apply(emit, this, arguments);
    try {
      return apply(emit, this, arguments);
    } finally {
      flushLast();
    }
  });
  replace(target, 'reallyExit', function (this: Foreign) {
    flushLast();
    return apply(reallyExit, this, arguments);
  });
}
