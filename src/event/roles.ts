/** Who may read what of a journal, and where a journal goes on from another one. */
/** A group of the system: by number, which decides, and by the name that it had when this was said. */
export interface RoleGroup {
  readonly gid: number;
  readonly name: string;
}

/** Users and groups that the modes of a journal's files are set for. */
export interface Roles {
  /** Who records, and alone may write. */
  readonly owner: { readonly uid: number; readonly name?: string };
  /** Reads all but bodies. */
  readonly audit: RoleGroup;
  /** Reads what lies in `bodies/`; its members belong to the audit group as well. */
  readonly officers?: RoleGroup;
}

/** The journal that this one goes on from: what was last signed there, and why it does not go on itself. */
export interface Continuation {
  readonly origin: string;
  /** Genesis verifier key. */
  readonly key: string;
  /** Its newest head: number of records, and root (hex) of their tree. */
  readonly size: number;
  readonly root: string;
  readonly why: string;
}

/** What a journal's first segment says of how it came about. */
export interface JournalBeginning {
  readonly continues?: Continuation;
}
