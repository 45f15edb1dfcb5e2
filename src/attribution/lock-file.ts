import path from 'node:path';
import { BoundedCache } from './bounded-cache.js';
import type { FileReader } from './file-reader.js';

const LOCK_FILE_BYTES_MAX = 16_777_216;
const LOCK_FILES_MAX = 8;
/** Look-ups in one lock file; a large project needs some 100 000. Beyond, nobody is said to depend on anything. */
const LOOK_UPS_MAX = 1_000_000;
const KEY_CHARS_MAX = 1_024;

/** Folders by folder. */
type Edges = ReadonlyMap<string, readonly string[]>;

/** What a lock file says of the packages of its project, each by its folder. */
interface DependencyGraph {
  /** Packages that depend on it. */
  readonly dependents: Edges;
  /** The next one on the shortest way from the project, or one of its workspaces, to it. */
  readonly towardsProject: ReadonlyMap<string, string>;
}

const UNKNOWN: DependencyGraph = { dependents: new Map(), towardsProject: new Map() };

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

function decodeGraph(text: string, project: string): DependencyGraph {
  const packages = decodePackages(text);
  const [dependencies, dependents] = [new Map<string, string[]>(), new Map<string, string[]>()];
  let lookUps = 0;
  for (const [key, entry] of Object.entries(packages)) {
    if (key.length > KEY_CHARS_MAX) return UNKNOWN;
    const from = path.posix.join(project, key);
    for (const name of dependencyNames(entry)) {
      for (const candidate of candidates(key, name)) {
        lookUps += 1;
        if (lookUps > LOOK_UPS_MAX) return UNKNOWN;
        if (!Object.hasOwn(packages, candidate)) continue;
        const to = path.posix.join(project, candidate);
        push(dependencies, from, to);
        push(dependents, to, from);
        break;
      }
    }
  }
  const own = Object.keys(packages).filter((key) => !`/${key}`.includes('/node_modules/'));
  const starts = own.map((key) => path.posix.join(project, key));
  return { dependents, towardsProject: shortestWays(starts, dependencies) };
}

function push(edges: Map<string, string[]>, from: string, to: string): void {
  const known = edges.get(from);
  if (known === undefined) edges.set(from, [to]);
  else known.push(to);
}

function shortestWays(starts: readonly string[], dependencies: Edges): Map<string, string> {
  const towards = new Map<string, string>();
  const reached = new Set(starts);
  // A set is walked in the order in which it grows: breadth first.
  for (const from of reached) {
    for (const to of dependencies.get(from) ?? []) {
      if (!reached.has(to)) towards.set(to, from);
      reached.add(to);
    }
  }
  return towards;
}

/** Who depends on an installed package, by the package-lock.json of the project that it was installed into. */
export class LockFiles {
  readonly #files: FileReader;
  readonly #projects = new BoundedCache<string, DependencyGraph>(LOCK_FILES_MAX);

  constructor(files: FileReader) {
    this.#files = files;
  }

  /**
   * Folder of the only package that depends on the one in `root`. Undefined if there are several or none, or nobody
   * knows. The project itself and its workspaces count, with all kinds of dependencies.
   */
  onlyDependent(root: string): string | undefined {
    const [only, ...others] = this.#graph(root).dependents.get(root) ?? [];
    return others.length > 0 ? undefined : only;
  }

  /**
   * Folders of the packages by which the one in `root` came into its project, outermost first: a dependency of the
   * project, one of that, and so on, by the shortest way. Empty if the project itself depends on it, undefined if nobody
   * knows.
   */
  wayTo(root: string): readonly string[] | undefined {
    const { towardsProject } = this.#graph(root);
    let folder = towardsProject.get(root);
    if (folder === undefined) return undefined;
    const way: string[] = [];
    for (; folder?.includes('/node_modules/') === true; folder = towardsProject.get(folder)) way.unshift(folder);
    return way;
  }

  #graph(root: string): DependencyGraph {
    const at = root.indexOf('/node_modules/');
    if (at < 0) return UNKNOWN;
    const project = root.slice(0, at) || '/';
    return this.#projects.get(project, () => {
      const text = this.#files.readText(path.posix.join(project, 'package-lock.json'), LOCK_FILE_BYTES_MAX);
      return text === undefined ? UNKNOWN : decodeGraph(text, project);
    });
  }
}
