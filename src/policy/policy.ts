/** A policy, parsed: what a program is expected to talk to. */
import type { Destination } from './destination.js';
import type { PackagePattern } from './package-pattern.js';

/** What a rule says of the caller; an empty list says nothing. */
export interface CallerScope {
  readonly packages: readonly PackagePattern[];
  /** Globs over the executable's path. */
  readonly processes: readonly string[];
}

interface Stated {
  readonly id: string;
  readonly why: string;
  /** `file:line:column`. */
  readonly place: string;
}

/** Calls that are expected. */
export interface Rule extends Stated, CallerScope {
  readonly to: readonly Destination[];
  /** Last day (UTC, `YYYY-MM-DD`) on which it holds. */
  readonly expires: string | undefined;
}

/** Calls that must not be, whatever a rule says. */
export interface Denial extends Stated, CallerScope {
  readonly to: readonly Destination[];
  readonly verdict: 'unexpected' | 'alarm';
}

/** What a vendor said its package does. */
export interface Declaration {
  readonly to: Destination;
  /** Empty for any. */
  readonly methods: readonly string[];
  readonly requestBytesMax: number | undefined;
}

/** Somebody whose traffic is to be watched. */
export interface Vendor {
  readonly name: string;
  readonly packages: readonly PackagePattern[];
  readonly to: readonly Destination[];
  /** Empty if nothing was declared: then its traffic is shown and judged by the rules. */
  readonly declared: readonly Declaration[];
}

/** A gap that is known and accepted. */
export interface AcceptedGap {
  readonly reason: string;
  readonly why: string;
}

export interface Policy {
  /** Where it came from: a file, or `--expect none`. */
  readonly name: string;
  /** Whether an unexpected call fails the run, or is only shown. */
  readonly unexpected: 'fail' | 'warn';
  readonly loopback: 'expected' | 'unexpected';
  readonly rules: readonly Rule[];
  readonly deny: readonly Denial[];
  readonly vendors: readonly Vendor[];
  readonly gaps: readonly AcceptedGap[];
  /** Observers that have to be at work. */
  readonly observers: readonly ('hooks' | 'kernel')[];
  /** The policy with all that it extends, as one policy file in JSON: what `digest` is of, and what a journal keeps. */
  readonly text: string;
  /** SHA-256 (hex) of `text`. */
  readonly digest: string;
}
