/** The files that egress itself consists of: its package, and the packages that it needs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What of our own package runs, or decides what does. */
const OWN_PARTS = ['package.json', 'oclif.manifest.json', 'bin', 'dist'];
const FILES_MAX = 50_000;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where Node finds a package from a folder: in the nearest node_modules above. */
function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (folder === path.dirname(folder)) return undefined;
  }
}

function needed(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
}

/** Our folder and those of all packages that are needed, each once. */
function packageFolders(root: string): string[] {
  const folders = new Set<string>([root]);
  // A set gives what is added while it is gone through.
  for (const folder of folders) {
    for (const name of needed(folder)) {
      const found = packageFolder(name, folder);
      if (found !== undefined) folders.add(found);
    }
  }
  return [...folders];
}

function* below(entry: string, left: { count: number }): Generator<string> {
  if (left.count <= 0) return;
  left.count -= 1;
  yield entry;
  let names: string[];
  try {
    names = readdirSync(entry);
  } catch {
    // A file, or gone.
    return;
  }
  // What a package carries in a folder of its own is found by name, where it is needed.
  for (const name of names) if (name !== 'node_modules') yield* below(path.join(entry, name), left);
}

/** @param root folder of egress's package */
export function* ownFiles(root: string): Generator<string> {
  const left = { count: FILES_MAX };
  for (const folder of packageFolders(root)) {
    const parts = folder === root ? OWN_PARTS.map((part) => path.join(root, part)) : [folder];
    for (const part of parts) if (existsSync(part)) yield* below(part, left);
  }
}
