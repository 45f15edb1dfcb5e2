/** The policies that lie in a journal, which anybody may have written: read when a run names them, and bounded. */
import { EgressError } from '../../core/error.js';
import { JournalLayout } from '../../journal/folder/layout.js';
import { listPolicies, readPolicy } from '../../journal/folder/policy-file.js';
import { fileSystem } from '../../keys/file-system.js';
import type { Policy } from '../../policy/policy.js';

/** Policies that are kept at once; a run has one. */
const KEPT_MAX = 16;

type Parser = (name: string, text: string) => Policy;

export class StoredPolicies {
  readonly #layout: JournalLayout;
  readonly #parse: Parser | undefined;
  readonly #kept = new Map<string, Policy | undefined>();

  private constructor(layout: JournalLayout, parse: Parser | undefined) {
    this.#layout = layout;
    this.#parse = parse;
  }

  /**
   * @param mayGrow whether the journal is read on while it is recorded, so that a first policy may come yet
   * @throws JOURNAL_UNREADABLE
   */
  static async open(directory: string, mayGrow: boolean): Promise<StoredPolicies> {
    const layout = new JournalLayout(directory);
    if (!mayGrow && listPolicies(fileSystem, layout).length === 0) return new StoredPolicies(layout, undefined);
    // Loaded here, so that a journal without policies does not pay for it.
    const { parseStoredPolicy } = await import('../../policy/stored-policy.js');
    return new StoredPolicies(layout, parseStoredPolicy);
  }

  /** Digests of those that are there. */
  get digests(): readonly string[] {
    return listPolicies(fileSystem, this.#layout);
  }

  /** @returns undefined where it is missing, is not what its name says, or is no policy */
  get(digest: string): Policy | undefined {
    if (this.#kept.has(digest)) return this.#kept.get(digest);
    const policy = this.#read(digest);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(digest, policy);
    return policy;
  }

  #read(digest: string): Policy | undefined {
    const bytes = readPolicy(fileSystem, this.#layout, digest);
    try {
      return bytes === undefined ? undefined : this.#parse?.(`policies/${digest.slice(0, 12)}…`, bytes.toString());
    } catch (error) {
      if (error instanceof EgressError) return undefined;
      throw error;
    }
  }
}
