import path from 'node:path';
import { BoundedCache } from './bounded-cache.js';
import type { FileReader } from './file-reader.js';

const LOCK_FILE_BYTES_MAX = 16_777_216;
const LOCK_FILES_MAX = 8;
/** Look-ups in one lock file; a large project needs some 100 000. Beyond, nobody is said to depend on anything. */
const LOOK_UPS_MAX = 1_000_000;
const KEY_CHARS_MAX = 1_024;

/** Folder of each package that depends on a package, by that package's folder. */
type Dependents = ReadonlyMap<string, readonly string[]>;

const DEPENDENCY_KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const;

function dependencyNames(entry: unknown): Set<string> {
  const names = new Set<string>();
  if (typeof entry !== 'object' || entry === null) return names;
  for (const kind of DEPENDENCY_KINDS) {
    const dependencies = (entry as Readonly<Record<string, unknown>>)[kind];
    if (typeof dependencies !== 'object' || dependencies === null) continue;
    for (const name of Object.keys(dependencies)) names.add(name);
  }
  return names;
}

/** The folders in which Node looks for a package, innermost first, as keys of a lock file. */
function* candidates(from: string, name: string): Generator<string> {
  let folder = from;
  while (folder !== '') {
    yield `${folder}/node_modules/${name}`;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
  }
  yield `node_modules/${name}`;
}

/** `packages` of a package-lock.json (lockfileVersion 2 and 3): keys are folders relative to it, '' is the project. */
function decodePackages(text: string): Readonly<Record<string, unknown>> {
  try {
    const { packages } = JSON.parse(text) as { packages?: unknown };
    return typeof packages === 'object' && packages !== null ? (packages as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function decodeDependents(text: string, project: string): Dependents {
  const packages = decodePackages(text);
  const dependents = new Map<string, string[]>();
  let lookUps = 0;
  for (const [key, entry] of Object.entries(packages)) {
    if (key.length > KEY_CHARS_MAX) return new Map();
    for (const name of dependencyNames(entry)) {
      for (const candidate of candidates(key, name)) {
        lookUps += 1;
        if (lookUps > LOOK_UPS_MAX) return new Map();
        if (!Object.hasOwn(packages, candidate)) continue;
        const root = path.posix.join(project, candidate);
        const known = dependents.get(root);
        if (known) known.push(path.posix.join(project, key));
        else dependents.set(root, [path.posix.join(project, key)]);
        break;
      }
    }
  }
  return dependents;
}

/** Who depends on an installed package, by the package-lock.json of the project that it was installed into. */
export class LockFiles {
  readonly #files: FileReader;
  readonly #projects = new BoundedCache<string, Dependents>(LOCK_FILES_MAX);

  constructor(files: FileReader) {
    this.#files = files;
  }

  /**
   * Folder of the only package that depends on the one in `root`. Undefined if there are several or none, or nobody
   * knows. The project itself and its workspaces count, with all kinds of dependencies.
   */
  onlyDependent(root: string): string | undefined {
    const at = root.indexOf('/node_modules/');
    if (at < 0) return undefined;
    const project = root.slice(0, at) || '/';
    const dependents = this.#projects.get(project, () => {
      const text = this.#files.readText(path.posix.join(project, 'package-lock.json'), LOCK_FILE_BYTES_MAX);
      return text === undefined ? new Map<string, string[]>() : decodeDependents(text, project);
    });
    const [only, ...others] = dependents.get(root) ?? [];
    return others.length > 0 ? undefined : only;
  }
}
