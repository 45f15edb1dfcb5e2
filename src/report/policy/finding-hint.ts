/** What a destination that nobody expects probably is, and what to do about it. Accident and intent look alike. */
import { isIP } from 'node:net';
import { printable } from '../../core/printable.js';
import { METADATA } from '../../policy/built-in.js';
import { matchesHost, parseHostPattern } from '../../policy/host-pattern.js';
import { matchesPackage, parsePackagePattern } from '../../policy/package-pattern.js';
import { TELEMETRY } from '../../policy/telemetry-catalogue.js';
import type { Group } from '../model/groups.js';
import { EXPIRED } from '../rollup/rollup.js';

const METADATA_HOSTS: ReadonlySet<string> = new Set(METADATA.map((host) => host.replace(/^\[|\]$/g, '')));

/** One sentence, safe to print; undefined where there is nothing to say. */
export function findingHint(group: Group): string | undefined {
  const { host, channel, package: name, program, rule = '' } = group;
  if (rule.startsWith(EXPIRED)) {
    return `Rule ${printable(rule.slice(EXPIRED.length), { max: 64 })} has expired: renew it with a reason, or stop the call.`;
  }
  if (host !== undefined && METADATA_HOSTS.has(host)) {
    return 'Clouds hand out the credentials of the machine at this address. Hardly any build needs them.';
  }
  const telemetry = telemetryHint(group);
  if (telemetry !== undefined) return telemetry;
  if (name !== undefined && program !== undefined) {
    const [shown, started] = [printable(name, { max: 64 }), printable(program, { max: 64 })];
    return `${shown} started ${started}. If a script of its installation did: npm ci --ignore-scripts`;
  }
  if (channel === 'dns') return 'A name that is asked for is data that leaves: whoever runs its zone reads it.';
  return host !== undefined && isIP(host) !== 0
    ? 'An address without a name: what means well mostly calls names.'
    : undefined;
}

/** By the package that sent it, whatever host it went to; else by the host, unless others use it, too. */
function telemetryHint({ package: name, host }: Group): string | undefined {
  const isFrom = (text: string): boolean => {
    const pattern = parsePackagePattern(text);
    return name !== undefined && typeof pattern !== 'string' && matchesPackage(pattern, name, undefined);
  };
  const goesTo = (text: string): boolean => {
    const pattern = parseHostPattern(text);
    return host !== undefined && typeof pattern !== 'string' && matchesHost(pattern, host);
  };
  const source =
    TELEMETRY.find(({ packages }) => packages.some(isFrom)) ??
    TELEMETRY.find(({ to, sharesHosts = false }) => !sharesHosts && to.some(goesTo));
  return source === undefined ? undefined : `${source.name}: switch it off with ${source.switchOff}`;
}
