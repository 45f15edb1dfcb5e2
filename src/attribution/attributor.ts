import path from 'node:path';
import { FILE_PATH_CHARS_MAX, NAME_CHARS_MAX, SITE_FRAMES_MAX } from '../core/limits.js';
import { LOADING_FILE, type StackFrame } from '../event/frame.js';
import type { Confidence, PackageFields, SiteRecord } from '../event/reference-record.js';
import { cap } from '../event/redaction.js';
import { codePath } from './code-path.js';
import { type Culprit, findCulprit } from './culprit.js';
import { type FileReader, LimitedReader, localFiles } from './file-reader.js';
import { LockFiles } from './lock-file.js';
import { type CodePackage, PackageFinder } from './package-finder.js';
import { roleOf } from './package-roles.js';
import { npmPurl } from './purl.js';
import { SourceMaps } from './source-maps.js';

/** What a `site` record says about a call site. */
export interface Attribution {
  /** Who wanted the call; absent when that cannot be told. */
  readonly package?: PackageFields;
  readonly chain: SiteRecord['site']['chain'];
  readonly asked_by?: readonly string[];
  readonly confidence: Confidence;
  readonly frames: SiteRecord['site']['frames'];
  /** The innermost code is egress's own. */
  readonly self: boolean;
}

export interface AttributorOptions {
  /** Working directory of the program, absolute: files below it are recorded relative to it. */
  readonly cwd: string;
  /** Reads as the user of this process unless another reader is given. */
  readonly files?: FileReader;
  /** Folder with egress's own code. */
  readonly own?: string;
}

/** All reading that one attributor does, however many sites a program declares. */
const READS_MAX = 50_000;
const READ_BYTES_MAX = 268_435_456;
/** Packages that are followed from dependency to dependent. */
const DEPENDENTS_MAX = 16;
/** Packages that are named between a project and a culprit: the outermost. */
const ASKED_BY_MAX = 16;
/** JSON bytes of frames and names of packages together, so that the record stays within one line. */
const SITE_BYTES_MAX = 49_152;

interface Located {
  readonly frame: readonly [file: string, line: number, functionName: string];
  readonly file?: string;
  readonly code?: CodePackage;
}

/** Attributes call sites to packages. Its answers come from paths that the program claims: best effort, never proof. */
export class Attributor {
  readonly #cwd: string;
  readonly #own: string;
  readonly #finder: PackageFinder;
  readonly #maps: SourceMaps;
  readonly #locks: LockFiles;

  constructor({ cwd, files = localFiles, own = path.dirname(import.meta.dirname) }: AttributorOptions) {
    const limited = new LimitedReader(files, READS_MAX, READ_BYTES_MAX);
    this.#cwd = path.posix.resolve(cwd);
    this.#own = own;
    this.#finder = new PackageFinder(limited, this.#cwd);
    this.#maps = new SourceMaps(limited, (file) => this.#finder.find(file)?.root ?? path.posix.dirname(file));
    this.#locks = new LockFiles(limited);
  }

  /** @param stack innermost first; anything beyond SITE_FRAMES_MAX is not looked at */
  site(stack: readonly StackFrame[]): Attribution {
    const located = stack.slice(0, SITE_FRAMES_MAX).map((frame) => this.#locate(frame));
    const code = located
      .filter(({ frame: [file] }) => file === LOADING_FILE || !file.startsWith('node:'))
      .map(({ frame: [file], code }) => (file === LOADING_FILE ? 'loading' : code));
    const culprit = this.#infer(findCulprit(code));
    const askedBy = this.#askedBy(culprit.package, located);
    const innermost = located.find(({ file }) => file !== undefined)?.file;
    return {
      ...(culprit.package && { package: packageFields(culprit.package) }),
      ...(askedBy && { asked_by: askedBy }),
      ...summarise(located, jsonBytes(askedBy ?? [])),
      confidence: culprit.confidence,
      self: innermost?.startsWith(`${this.#own}/`) ?? false,
    };
  }

  #locate([name, line, column, functionName]: StackFrame): Located {
    const text = cap(functionName, NAME_CHARS_MAX);
    const compiled = codePath(name);
    if (compiled === undefined) return { frame: [cap(name, FILE_PATH_CHARS_MAX), line, text] };
    const position = this.#maps.original(compiled, line, column);
    const found = this.#finder.find(position.file);
    const code = found && position.lost ? { ...found, documented: false } : found;
    return {
      frame: [cap(this.#shown(position.file), FILE_PATH_CHARS_MAX), position.line, text],
      file: compiled,
      ...(code && { code }),
    };
  }

  #shown(file: string): string {
    const prefix = this.#cwd === '/' ? '/' : `${this.#cwd}/`;
    return file.startsWith(prefix) ? file.slice(prefix.length) : file;
  }

  /**
   * Where only a library with a queue is left on the stack, the lock file may know one single package that uses it.
   * Following such packages outwards, the culprit rule applies as if they had been on the stack.
   */
  #infer(culprit: Culprit): Culprit {
    if (!culprit.chainLost || !culprit.package) return culprit;
    const stack = [culprit.package];
    for (let i = 0; i < DEPENDENTS_MAX; i += 1) {
      const root = this.#locks.onlyDependent(stack.at(-1)?.root ?? '');
      const dependent = root === undefined ? undefined : this.#finder.find(path.posix.join(root, 'package.json'));
      if (!dependent) break;
      stack.push(dependent);
    }
    return { ...culprit, package: findCulprit(stack).package ?? culprit.package };
  }

  /**
   * Who depends on the culprit, from a dependency of the project inwards: by the project's lock file, else packages that
   * were still on the stack because they load it. Undefined where neither says it.
   */
  #askedBy(culprit: CodePackage | undefined, located: readonly Located[]): readonly string[] | undefined {
    if (culprit === undefined || culprit.firstParty) return undefined;
    const way = this.#locks.wayTo(culprit.root)?.slice(0, ASKED_BY_MAX);
    if (way !== undefined) {
      const found = way.map((root) => this.#finder.find(path.posix.join(root, 'package.json')));
      return found.flatMap((code) => (code === undefined ? [] : [idOf(code)]));
    }
    const loading = loadersOf(culprit, located).map(idOf).toReversed();
    return loading.length === 0 ? undefined : [...new Set(loading)].slice(0, ASKED_BY_MAX);
  }
}

/** Packages outside of the culprit, up to the application or a framework: had they not been loading it, they would be the culprit. */
function loadersOf(culprit: CodePackage, innermostFirst: readonly Located[]): CodePackage[] {
  const at = innermostFirst.findLastIndex(({ code }) => code?.root === culprit.root);
  const outside = at < 0 ? [] : innermostFirst.slice(at + 1).flatMap(({ code }) => code ?? []);
  const end = outside.findIndex(({ firstParty, name }) => firstParty || roleOf(name) !== 'other');
  return end < 0 ? outside : outside.slice(0, end);
}

/** As `name@version`, where the version is known. */
function idOf({ name, version }: CodePackage): string {
  return cap(version === undefined ? name : `${name}@${version}`, NAME_CHARS_MAX);
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function packageFields({ name, version, documented }: CodePackage): PackageFields {
  if (version === undefined) return { name };
  return documented ? { name, version, purl: npmPurl(name, version) } : { name, version };
}

/** Chain and frames, outermost first. What does not fit is cut at the outer end. */
function summarise(innermostFirst: readonly Located[], bytesTaken: number): Pick<Attribution, 'chain' | 'frames'> {
  const chain: string[] = [];
  const frames: Located['frame'][] = [];
  let bytesLeft = SITE_BYTES_MAX - bytesTaken;
  for (const { frame, code } of innermostFirst) {
    const id = code && idOf(code);
    const isNew = id !== undefined && chain[0] !== id;
    bytesLeft -= jsonBytes(frame) + (isNew ? jsonBytes(id) : 0) + 2;
    if (bytesLeft < 0) break;
    frames.unshift(frame);
    if (isNew) chain.unshift(id);
  }
  return { chain, frames };
}
