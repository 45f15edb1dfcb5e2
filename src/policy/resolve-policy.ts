/**
 * From policy files, read and put one behind the other, to a policy. Whatever is not understood is an error with its
 * place: a rule that was skipped could let through what it was written against.
 */
import { sha256Hex } from '#platform';
import { EgressError } from '../core/error.js';
import { parseDestination, type Destination, type PortDefault } from './destination.js';
import { parsePackagePattern, type PackagePattern } from './package-pattern.js';
import type { AcceptedGap, CallerScope, Declaration, Denial, Policy, Rule, Vendor } from './policy.js';
import type { PolicyFile, policySchema as PolicySchema } from './policy-schema.js';

/** Of the policy with all that it extends: what the journal's readers take. */
const TEXT_BYTES_MAX = 1 << 20;
const LIST_MAX = 4_096;
/** Destinations, packages and programs together: each call is compared with all of them. */
const PATTERNS_MAX = 16_384;

/** A file that was read, or a built-in policy. */
export interface Source {
  readonly file: PolicyFile;
  readonly place: (keys: readonly PropertyKey[]) => string;
}

export const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** A file's content, and where in it each member stands. */
export interface Checkable {
  readonly value: unknown;
  readonly places: {
    ofValue(keys: readonly PropertyKey[]): string;
    ofKey(keys: readonly PropertyKey[], key: string): string;
  };
}

/** @throws POLICY_INVALID */
export function checked(policySchema: typeof PolicySchema, { value, places }: Checkable): Source {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return { file: parsed.data, place: (keys) => places.ofValue(keys) };
  const [issue] = parsed.error.issues;
  const at = issue?.path ?? [];
  const where = at.length === 0 ? 'the policy' : at.map(String).join('.');
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    throw invalid(places.ofKey(at, key), `${where} has no key ${key}`, 'docs/POLICY.md lists the keys.');
  }
  throw invalid(places.ofValue(at), `${where}: ${issue?.message ?? 'invalid'}`);
}

export function invalid(place: string, message: string, hint?: string): EgressError {
  return new EgressError('POLICY_INVALID', `${place}: ${message}`, hint === undefined ? {} : { hint });
}

/** @throws POLICY_INVALID */
export function resolve(name: string, sources: readonly Source[]): Policy {
  const rules = sources.flatMap(rulesOf);
  const deny = sources.flatMap(denialsOf);
  const ids = new Set<string>();
  for (const { id, place } of [...rules, ...deny]) {
    if (ids.has(id)) throw invalid(place, `the id ${id} is used twice`);
    ids.add(id);
  }
  const whole = mergeFiles(sources.map(({ file }) => file));
  const text = `${JSON.stringify(whole, undefined, 2)}\n`;
  const vendors = sources.flatMap(vendorsOf);
  const isLong = Buffer.byteLength(text) > TEXT_BYTES_MAX || rules.length > LIST_MAX || deny.length > LIST_MAX;
  if (isLong || patternCount([...rules, ...deny], vendors) > PATTERNS_MAX)
    throw invalid(name, 'with all that it extends, the policy is too long for a journal to keep it');
  return {
    name,
    unexpected: whole.unexpected ?? 'fail',
    loopback: whole.loopback ?? 'expected',
    rules,
    deny,
    vendors,
    gaps: (whole.gaps ?? []).map(({ accept, why }): AcceptedGap => ({ reason: accept, why })),
    observers: whole.observers ?? [],
    text,
    digest: sha256Hex(new TextEncoder().encode(text)),
  };
}

function patternCount(scopes: readonly (Rule | Denial)[], vendors: readonly Vendor[]): number {
  const sizes = [
    ...scopes.map(({ to, packages: names, processes }) => to.length + names.length + processes.length),
    ...vendors.map(({ to, packages: names, declared }) => to.length + names.length + declared.length),
  ];
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** One file that says what all of them say. Lists add up; of a single word the last file's counts, the one named. */
function mergeFiles(files: readonly PolicyFile[]): PolicyFile {
  const last = <K extends 'unexpected' | 'loopback'>(key: K): Pick<PolicyFile, K> | undefined =>
    files.findLast((file) => file[key] !== undefined);
  const listed = (key: 'observers' | 'rules' | 'deny' | 'vendors' | 'gaps'): object => {
    const items = files.flatMap((file): unknown[] => file[key] ?? []);
    return items.length === 0 ? {} : { [key]: key === 'observers' ? [...new Set(items)] : items };
  };
  const [unexpected, loopback] = [last('unexpected')?.unexpected, last('loopback')?.loopback];
  return {
    version: 1,
    ...(unexpected === undefined ? {} : { unexpected }),
    ...(loopback === undefined ? {} : { loopback }),
    ...{ ...listed('observers'), ...listed('rules'), ...listed('deny'), ...listed('vendors'), ...listed('gaps') },
  };
}

type KeyPath = readonly PropertyKey[];

function destinations(
  source: Source,
  keys: KeyPath,
  value: string | readonly string[] | undefined,
  port: PortDefault,
): Destination[] {
  return list(value).map((text, at) => {
    const destination = parseDestination(text, port);
    if (typeof destination !== 'string') return destination;
    const hint = 'api.example:443   *.example:*   10.0.0.0/8:5432   [::1]:80   dns.example:53/udp   unix:/run/x.sock';
    throw invalid(source.place([...keys, ...(typeof value === 'string' ? [] : [at])]), `${text}: ${destination}`, hint);
  });
}

function packages(source: Source, keys: KeyPath, value: string | readonly string[] | undefined): PackagePattern[] {
  return list(value).map((text, at) => {
    const pattern = parsePackagePattern(text);
    if (typeof pattern !== 'string') return pattern;
    throw invalid(
      source.place([...keys, ...(typeof value === 'string' ? [] : [at])]),
      `${text}: ${pattern}`,
      'stripe   @acme/*   ws@^8',
    );
  });
}

function callerOf(
  source: Source,
  keys: KeyPath,
  item: { readonly package?: string | string[] | undefined; readonly process?: string | string[] | undefined },
): CallerScope {
  return { packages: packages(source, [...keys, 'package'], item.package), processes: list(item.process) };
}

function rulesOf(source: Source): Rule[] {
  return (source.file.rules ?? []).map((rule, at) => {
    const keys = ['rules', at];
    const { id, why, expires } = rule;
    const to = destinations(source, [...keys, 'to'], rule.to, 443);
    return { id, why, expires, to, ...callerOf(source, keys, rule), place: source.place(keys) };
  });
}

function denialsOf(source: Source): Denial[] {
  return (source.file.deny ?? []).map((denial, at) => {
    const keys = ['deny', at];
    const { why, verdict = 'alarm' } = denial;
    const to = destinations(source, [...keys, 'to'], denial.to, 'any');
    const id = denial.id ?? `deny:${list(denial.to)[0] ?? at}`;
    return { id, why, verdict, to, ...callerOf(source, keys, denial), place: source.place(keys) };
  });
}

function vendorsOf(source: Source): Vendor[] {
  return (source.file.vendors ?? []).map((vendor, at) => {
    const keys = ['vendors', at];
    const { name, declared = [] } = vendor;
    if (vendor.packages === undefined && vendor.to === undefined) {
      throw invalid(source.place(keys), `vendor ${name} has neither packages nor destinations: nothing would be its`);
    }
    return {
      name,
      packages: packages(source, [...keys, 'packages'], vendor.packages),
      to: destinations(source, [...keys, 'to'], vendor.to, 'any'),
      declared: declared.map((item, index): Declaration => {
        const [to] = destinations(source, [...keys, 'declared', index, 'to'], item.to, 443);
        if (to === undefined) throw invalid(source.place(keys), 'a declaration has no destination');
        const methods = list(item.methods).map((method) => method.toUpperCase());
        return { to, methods, requestBytesMax: item.max_request_bytes };
      }),
    };
  });
}
