/** What a policy says of one call. Pure: whoever has the journal and the policy comes to the same answer. */
import { isLoopbackAddress } from './address.js';
import type { PolicyCall } from './call.js';
import { matchesDestination } from './destination.js';
import { matchPath } from './glob.js';
import { plainHost } from './host-pattern.js';
import { matchesPackage } from './package-pattern.js';
import type { CallerScope, Policy, Rule, Vendor } from './policy.js';

export interface Judgement {
  readonly class: 'expected' | 'unexpected' | 'alarm';
  /** What decided: a rule or denial by its id, `vendor:<name>`, `loopback`; undefined if nothing matched. */
  readonly rule?: string;
  /** The vendor that the call belongs to. */
  readonly vendor?: string;
  /** A rule that would have matched, had it not expired. */
  readonly expired?: string;
}

/** First match wins: a denial, what a vendor declared, a rule, loopback. */
export function judge(policy: Policy, call: PolicyCall): Judgement {
  const vendor = policy.vendors.find((candidate) => belongsTo(candidate, call));
  const whose = vendor === undefined ? {} : { vendor: vendor.name };
  const denial = policy.deny.find((rule) => isInScope(rule, call) && goesTo(rule, call));
  if (denial !== undefined) return { class: denial.verdict, rule: denial.id, ...whose };
  if (vendor !== undefined && vendor.declared.length > 0) {
    return { class: isDeclared(vendor, call) ? 'expected' : 'alarm', rule: `vendor:${vendor.name}`, ...whose };
  }
  const matching = policy.rules.filter((rule) => isInScope(rule, call) && goesTo(rule, call));
  const rule = matching.find((candidate) => !hasExpired(candidate, call));
  if (rule !== undefined) return { class: 'expected', rule: rule.id, ...whose };
  if (policy.loopback === 'expected' && isLoopback(call)) return { class: 'expected', rule: 'loopback', ...whose };
  const [expired] = matching;
  return { class: 'unexpected', ...whose, ...(expired === undefined ? {} : { expired: expired.id }) };
}

export function goesTo({ to }: Pick<Rule, 'to'>, call: PolicyCall): boolean {
  return to.some((destination) => matchesDestination(destination, call));
}

function isInScope(scope: CallerScope, call: PolicyCall): boolean {
  return isByPackage(scope, call) && isByProcess(scope, call);
}

export function isByPackage({ packages }: CallerScope, { packageName, packageVersion }: PolicyCall): boolean {
  if (packages.length === 0) return true;
  return packageName !== undefined && packages.some((one) => matchesPackage(one, packageName, packageVersion));
}

export function isByProcess({ processes }: CallerScope, { executable }: PolicyCall): boolean {
  if (processes.length === 0) return true;
  return executable !== undefined && processes.some((glob) => matchPath(glob, executable));
}

/** By who made it, or by where it goes. */
function belongsTo(vendor: Vendor, call: PolicyCall): boolean {
  const isTheirs = vendor.packages.length > 0 && isInScope({ packages: vendor.packages, processes: [] }, call);
  return isTheirs || goesTo(vendor, call);
}

function isDeclared({ declared }: Vendor, call: PolicyCall): boolean {
  return declared.some(({ to, methods, requestBytesMax }) => {
    if (!matchesDestination(to, call)) return false;
    // The look-up of a declared name sends nothing but the name.
    if (call.isLookup) return true;
    const isMethod = methods.length === 0 || (call.method !== undefined && methods.includes(call.method));
    // Of a call whose size is not known nobody can say that it kept to the limit.
    const isSmall = requestBytesMax === undefined || (call.sent !== undefined && call.sent <= requestBytesMax);
    return isMethod && isSmall;
  });
}

/** Judged at the time of the call, so that a journal is judged alike for ever. */
export function hasExpired({ expires }: Rule, { time }: PolicyCall): boolean {
  return expires !== undefined && time.slice(0, 10) > expires;
}

/**
 * By the name that the program asked for: a name that merely resolved to this machine is not expected for that, since
 * elsewhere it leads elsewhere.
 */
function isLoopback({ transport, host, address, isLookup }: PolicyCall): boolean {
  if (transport === 'unix') return true;
  const named = host === undefined ? undefined : plainHost(host);
  if (named !== undefined && (named === 'localhost' || named.endsWith('.localhost'))) return true;
  if (isLookup) return false;
  const reached = named ?? address;
  return reached !== undefined && isLoopbackAddress(reached);
}
