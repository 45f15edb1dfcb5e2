import type { Command, Exit, Launcher } from '../../core/launcher.js';
import { SignalRelay } from './signal-relay.js';

/**
 * Runs a program without recording it: inside another run, or with recording switched off.
 * @throws TARGET_NOT_FOUND, TARGET_NOT_EXECUTABLE
 */
export async function runUnrecorded(launcher: Launcher, command: Command): Promise<Exit> {
  const relay = new SignalRelay(() => Promise.resolve());
  try {
    const program = await launcher.launch(command);
    relay.attach(program);
    return await program.exited;
  } finally {
    relay.close();
  }
}
