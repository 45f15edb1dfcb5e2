/** Which file the code of a stack frame came from. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** Where the process works, or nothing if that folder was removed. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}

/**
 * webpack's development builds (Next.js, for one) evaluate each module under a name of its own: layer in brackets, then the path
 * from the project's folder, which is where such a server is started.
 */
const EVALUATED = /^webpack-internal:\/\/\/(?:\([^()]*\)\/)?(\.{1,2}\/[^?]*)/;
const projectFolder = currentDirectory();

/** Path of the file as far as the name tells; the name itself where it tells none. */
export function codeFile(name: string): string {
  const evaluated = EVALUATED.exec(name)?.[1];
  if (evaluated !== undefined && projectFolder !== '') return path.resolve(projectFolder, evaluated);
  if (!name.startsWith('file:')) return name;
  try {
    return fileURLToPath(name);
  } catch {
    // A made-up URL.
    return name;
  }
}
