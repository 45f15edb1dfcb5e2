import { launchError } from '../../core/launch-error.js';
import type { Command, Exit, LaunchedProgram, Launcher } from '../../core/launcher.js';
import { kernelCalls } from '../../system/kernel-calls.js';
import { startProgram } from '../../system/program-start.js';

/** Starts the program as a child with our own stdin, stdout, stderr and process group: it cannot tell the difference. */
export const plainLauncher: Launcher = {
  launch(command: Command): Promise<LaunchedProgram> {
    return new Promise((resolve, reject) => {
      const child = startProgram(command, kernelCalls());
      const exited = new Promise<Exit>((resolveExit) => {
        child.once('exit', (code, signal) => {
          resolveExit(signal === null ? { code: code ?? 0 } : { signal });
        });
      });
      child.once('error', (error) => {
        reject(launchError(command.file, error));
      });
      child.once('spawn', () => {
        resolve({
          pid: child.pid ?? 0,
          exited,
          kill: (signal) => child.kill(signal),
        });
      });
    });
  },
};
