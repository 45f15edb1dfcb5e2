/** What all patches of one thread share: the channel to the recorder, and what to do when a hook itself fails. */
import { setCapture } from './bodies/capture.js';
import { Channel } from './channel/channel.js';
import type { Environment } from './settings.js';
import { undoAll } from './patch.js';

let current: Channel | undefined;
let isObserving = false;

/** @throws if the recorder's socket is out of reach; nothing is observed then */
export function openChannel(environment: Environment): Channel {
  current = new Channel(environment.socket, environment.token, environment.disabled, {
    onLost() {
      // No recorder, no reason to stand in the program's way.
      isObserving = false;
      setCapture(undefined);
      undoAll();
    },
    onOrder(order) {
      setCapture(order);
      // Children begin as this process goes on.
      environment.setCapture(order);
    },
  });
  isObserving = true;
  return current;
}

export function channel(): Channel {
  if (current === undefined) throw new TypeError('no channel yet');
  return current;
}

/** False once the recorder is gone: patches that somebody else wrapped and could not be undone pass through. */
export function observing(): boolean {
  return isObserving;
}

/** A hook failed. The program must not notice; the record must. */
export function hookFailed(): void {
  if (isObserving) current?.miss('hook_error');
}
