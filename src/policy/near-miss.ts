/** Rules that lead to the host of a call and still do not expect it: what a reader thought would match. */
import type { PolicyCall } from './call.js';
import { isSameHost, type Destination } from './destination.js';
import { goesTo, hasExpired, isByPackage, isByProcess } from './judge.js';
import type { Policy, Rule } from './policy.js';

export interface NearMiss {
  readonly rule: string;
  /** `file:line:column`. */
  readonly place: string;
  /** What keeps it from matching, as a part of a sentence; with texts of the policy. */
  readonly because: string;
}

export interface NearMisses {
  readonly rules: readonly NearMiss[];
  /** How many rules lead somewhere else. */
  readonly elsewhere: number;
}

/** Of a call that no rule expects. */
export function nearMisses({ rules }: Policy, call: PolicyCall): NearMisses {
  const near = rules.filter((rule) => goesTo(rule, call) || rule.to.some((to) => isSameHost(to, call)));
  return {
    rules: near.map((rule) => ({ rule: rule.id, place: rule.place, because: obstacle(rule, call) })),
    elsewhere: rules.length - near.length,
  };
}

function obstacle(rule: Rule, call: PolicyCall): string {
  const { to, packages, processes, expires } = rule;
  if (!goesTo(rule, call)) return `is for ${listed(to.filter((one) => isSameHost(one, call)).map(ports))} there`;
  if (!isByPackage(rule, call)) return `is for ${listed(packages.map(({ text }) => text))} alone`;
  if (!isByProcess(rule, call)) return `is for programs at ${listed(processes)}`;
  return hasExpired(rule, call) ? `has expired on ${expires ?? '?'}` : 'matches';
}

function ports(destination: Destination): string {
  if (!('port' in destination)) return destination.text;
  const { port, transport } = destination;
  return `${port === undefined ? 'any port' : `port ${port}`}${transport === 'udp' ? ' of UDP' : ''}`;
}

const listed = (texts: readonly string[]): string => texts.join(' or ');
