/**
 * Which call site started a process. What a program without packages does (a shell, curl, `node -e`) is then the doing
 * of the package that started it. As the program's own hooks tell it: best effort, like every attribution.
 */
import type { AttributedSite } from '../rows/site-cache.js';

/** Starts that are remembered; of a fork bomb the rest has no site. A pid that comes again names its newest start. */
const STARTS_MAX = 16_384;

export interface Start {
  /** Pid of the process that starts another. */
  readonly parent: number;
  /** Absent: it is not started yet. */
  readonly pid: number | undefined;
  /** EGRESS_START of the new process. */
  readonly tag: string | undefined;
}

export class Lineage {
  readonly #byPid = new Map<number, AttributedSite>();
  readonly #byTag = new Map<string, AttributedSite>();
  /** Pids that are about to start a child: of a synchronous one the pid is told when it has ended. */
  readonly #starting = new Map<number, AttributedSite>();

  starts({ parent, pid, tag }: Start, site: AttributedSite | undefined): void {
    this.#starting.delete(parent);
    if (pid !== undefined) this.#byPid.delete(pid);
    if (site?.package === undefined) return;
    if (pid === undefined) remember(this.#starting, parent, site);
    else remember(this.#byPid, pid, site);
    if (tag !== undefined) remember(this.#byTag, tag, site);
  }

  /**
   * The nearest start that names a package: by the process tree, which the kernel tells; where that was cut (daemons,
   * background jobs of a shell that is gone), by what the process has inherited.
   * @param chain pid of a process, then its ancestors', parent first
   */
  of(chain: readonly number[], tag: string | undefined): AttributedSite | undefined {
    for (const [index, pid] of chain.entries()) {
      const site = this.#byPid.get(pid) ?? this.#starting.get(chain[index + 1] ?? -1);
      if (site !== undefined) return site;
    }
    return this.#byTag.get(tag ?? '');
  }
}

function remember<K>(starts: Map<K, AttributedSite>, key: K, site: AttributedSite): void {
  if (starts.size < STARTS_MAX || starts.has(key)) starts.set(key, site);
}
