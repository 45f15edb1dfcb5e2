/** POSIX access lists, which let in whom a file's mode does not name. Node has no call for them. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ffi } from './ffi.js';

/** The system keeps one only where it says more than the mode does. */
const LISTS = ['system.posix_acl_access', 'system.posix_acl_default'] as const;
/** More than a journal has; whoever puts more there cannot keep us for long. */
const ENTRIES_MAX = 200_000;

/**
 * What in these folders, and the folders themselves, has an access list.
 * @returns undefined where that cannot be asked: not on Linux, or without system calls
 */
export function accessLists(folders: readonly string[]): readonly string[] | undefined {
  const bindings = ffi();
  if ('reason' in bindings || bindings.lgetxattr === undefined) return undefined;
  const { lgetxattr } = bindings;
  const hasList = (file: string): boolean => LISTS.some((name) => lgetxattr(file, name, null, 0) > 0);
  return folders.flatMap((folder) => [folder, ...below(folder)]).filter(hasList);
}

function below(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.slice(0, ENTRIES_MAX).map((name) => path.join(folder, name));
  } catch {
    // Not there, or not for this user: other checks say so.
    return [];
  }
}
