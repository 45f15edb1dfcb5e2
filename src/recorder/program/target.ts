import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { systemCode } from '../../core/error.js';
import { launchError } from '../../core/launch-error.js';

/** execvp's default, where PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

function executableError(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'EACCES';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return systemCode(error) ?? 'ENOENT';
  }
}

/**
 * Looks for the program as execvp will, so that a typo is an error before a journal is opened. What can change
 * between this look and the start is reported by the start itself.
 * @throws TARGET_NOT_FOUND, TARGET_NOT_EXECUTABLE
 */
export function requireTarget(file: string, cwd: string, path: string | undefined): void {
  const candidates = file.includes('/')
    ? [isAbsolute(file) ? file : resolve(cwd, file)]
    : (path ?? DEFAULT_PATH).split(delimiter).map((folder) => resolve(cwd, folder, file));
  let worst = 'ENOENT';
  for (const candidate of candidates) {
    const error = executableError(candidate);
    if (error === undefined) return;
    if (error !== 'ENOENT' && error !== 'ENOTDIR') worst = error;
  }
  throw launchError(file, { code: worst });
}
