import { EgressError, systemCode } from './error.js';

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
