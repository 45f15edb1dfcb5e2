/** Packages by name and version range: `stripe`, `@acme/*`, `ws@^8`. */
// Of that package, what ranges need and no more: the evidence page carries it.
import Range from 'semver/classes/range.js';
import validRange from 'semver/ranges/valid.js';
import { matchesWildcard } from '../core/wildcard.js';

export interface PackagePattern {
  /** As the policy has it. */
  readonly text: string;
  readonly name: string;
  /** Range of semver; undefined for any version. */
  readonly range: string | undefined;
}

const NAME = /^(?:@[a-z0-9*~-][a-z0-9*._~-]*\/)?[a-z0-9*~_-][a-z0-9*._~-]*$/i;
const PATTERN_CHARS_MAX = 256;

/** @returns a sentence that says what is wrong, or the pattern */
export function parsePackagePattern(text: string): PackagePattern | string {
  if (text.length > PATTERN_CHARS_MAX) return `longer than ${PATTERN_CHARS_MAX} characters`;
  const at = text.indexOf('@', 1);
  const name = at < 0 ? text : text.slice(0, at);
  if (!NAME.test(name)) return 'not the name of a package';
  if (name.replaceAll('*', '') === '') return 'this would match every package: leave the key out instead';
  if (at < 0) return { text, name, range: undefined };
  const range = validRange(text.slice(at + 1));
  return range === null ? 'the part after @ is not a version range' : { text, name, range };
}

/** Parsed when they are first needed; a policy may have thousands, and each call is compared with all. */
const ranges = new WeakMap<PackagePattern, Range>();

function rangeOf(pattern: PackagePattern, text: string): Range {
  const known = ranges.get(pattern);
  if (known !== undefined) return known;
  const range = new Range(text, { includePrerelease: true });
  ranges.set(pattern, range);
  return range;
}

/** A version that is not known is in no range. */
export function matchesPackage(pattern: PackagePattern, name: string, version: string | undefined): boolean {
  if (!matchesWildcard(pattern.name, name)) return false;
  if (pattern.range === undefined) return true;
  return version !== undefined && rangeOf(pattern, pattern.range).test(version);
}
