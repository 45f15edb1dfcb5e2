/** Where the text that a command makes goes: a file that `--out` names. */
import { writeFileSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';

/** @throws USAGE if it cannot be written */
export function writeOutput(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new EgressError('USAGE', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, { cause: error });
  }
}
