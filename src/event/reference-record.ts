/** What rows refer to by number, declared once a segment before the first row that does. */

/** A process (thread) that rows refer to by number; numbers are per segment. */
export interface ProcessRecord {
  readonly kind: 'process';
  readonly time: string;
  readonly process: {
    readonly number: number;
    readonly pid: number;
    readonly parent_pid: number;
    readonly executable: string;
    readonly argv0: string;
    /** Version of Node, for a process with hooks. */
    readonly node?: string;
    readonly thread?: number;
    /** Of a process that only the kernel observer knows: arguments, and the names of options among them. */
    readonly args?: number;
    readonly options?: readonly string[];
    /** Pids of its ancestors within the run, parent first, when it was first seen. */
    readonly ancestry?: readonly number[];
    /** `peer`: the system named the pid (SO_PEERCRED); `claimed`: the process itself did; `kernel`: kernel observer. */
    readonly identity: 'peer' | 'claimed' | 'kernel';
  };
}

export type Confidence = 'high' | 'medium' | 'low' | 'none';

/** Name, and version and purl where a package.json gave them. */
export interface PackageFields {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
}

/** A call site; numbers are per segment. */
export interface SiteRecord {
  readonly kind: 'site';
  readonly time: string;
  readonly site: {
    readonly number: number;
    readonly confidence: Confidence;
    /** Packages on the stack, outermost first, `name@version`. */
    readonly chain: readonly string[];
    /**
     * Packages that depend on the culprit, from a dependency of the project inwards, `name@version`: by the project's
     * package-lock.json; without one, those that were loading it. Empty: the project itself depends on it.
     */
    readonly asked_by?: readonly string[];
    /** Outermost first: file, line, function. */
    readonly frames: readonly (readonly [file: string, line: number, functionName: string])[];
  };
  /** The culprit; absent when the call could not be attributed. */
  readonly package?: PackageFields;
}

/** Masked header lists; numbers are per segment. */
export interface HeadersRecord {
  readonly kind: 'headers';
  readonly time: string;
  readonly headers: {
    readonly number: number;
    readonly request: readonly (readonly [name: string, value: string])[];
    readonly response: readonly (readonly [name: string, value: string])[];
    /** Fields that were cut off because the list was too long. */
    readonly cut?: number;
  };
}
