import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';

/** Writes a body that was opened: to stdout, or to a new file that its owner alone can read. @throws USAGE */
export function writePlaintext(file: string | undefined, bytes: Uint8Array): void {
  if (file === undefined) {
    process.stdout.write(bytes);
    return;
  }
  try {
    const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    closeSync(fd);
  } catch (error) {
    throw new EgressError('USAGE', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, { cause: error });
  }
}

/** With `--json` stdout holds the answer. @throws USAGE */
export function requirePlaintextFile(file: string | undefined): string {
  if (file !== undefined) return file;
  throw new EgressError('USAGE', 'with --json the plaintext needs a file', { hint: '--to FILE' });
}
