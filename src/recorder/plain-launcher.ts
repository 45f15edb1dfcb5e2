import { spawn } from 'node:child_process';
import { EgressError, systemCode } from '../core/error.js';
import type { Command, Exit, LaunchedProgram, Launcher } from '../core/launcher.js';

/** What execvp reports, in the words and with the exit codes that env(1) and timeout(1) use (127 and 126). */
export function launchError(file: string, error: unknown): EgressError {
  const code = systemCode(error) ?? 'unknown error';
  if (code === 'ENOENT') {
    return new EgressError('TARGET_NOT_FOUND', `there is no program ${file}`, {
      hint: 'Check its spelling and PATH. A script also fails so when the interpreter in its first line is missing.',
      cause: error,
    });
  }
  return new EgressError('TARGET_NOT_EXECUTABLE', `cannot execute ${file}: ${code}`, {
    hint:
      code === 'EACCES'
        ? 'It is a folder, or lacks the execute permission (chmod +x).'
        : 'Is it a program for this machine?',
    cause: error,
  });
}

/** Starts the program as a child with our own stdin, stdout, stderr and process group: it cannot tell the difference. */
export const plainLauncher: Launcher = {
  launch(command: Command): Promise<LaunchedProgram> {
    return new Promise((resolve, reject) => {
      const child = spawn(command.file, command.args, { cwd: command.cwd, env: command.env, stdio: 'inherit' });
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
