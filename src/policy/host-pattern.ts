/** Host names with wildcards: `*` stands for one label, `**` for one or more. */
import { domainToASCII } from '#platform';
import { matchParts } from './glob.js';

export interface HostPattern {
  readonly kind: 'host';
  /** Lower case, in the ASCII form of internationalised names. */
  readonly text: string;
  readonly labels: readonly string[];
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/** A name as it is compared: lower case, ASCII, without the dot at the end. */
export function plainHost(host: string): string {
  const lower = host.toLowerCase().replace(/\.$/, '');
  return /^[\x20-\x7e]*$/.test(lower) ? lower : domainToASCII(lower);
}

/** @returns a sentence that says what is wrong, or the pattern */
export function parseHostPattern(text: string): HostPattern | string {
  const wild = text.toLowerCase().replace(/\.$/, '').split('.');
  const labels = wild.map((label) => (label === '*' || label === '**' ? label : plainHost(label)));
  if (labels.every((label) => label.startsWith('*'))) return 'this would match every host: name at least one label';
  for (const label of labels) {
    if (label === '*' || label === '**') continue;
    if (label.includes('*')) return 'a wildcard stands for a whole label: *.example, not a*.example';
    if (label.length > 63 || !LABEL.test(label)) return 'not a host name';
  }
  return { kind: 'host', text: labels.join('.'), labels };
}

/** The host that was asked about last: one call is compared with all destinations of a policy. */
let asked: { readonly host: string; readonly plain: string; readonly labels: readonly string[] } = {
  ...{ host: '', plain: '', labels: [''] },
};

const HOST_RULES = {
  isWildcard: (label: string) => label === '**',
  matches: (label: string, item: string) => item !== '' && (label === '*' || label === item),
  itemsMin: 1,
} as const;

/** @param host as the program named it */
export function matchesHost(pattern: HostPattern, host: string): boolean {
  if (asked.host !== host) {
    const plain = plainHost(host);
    asked = { host, plain, labels: plain.split('.') };
  }
  if (!pattern.text.includes('*')) return pattern.text === asked.plain;
  return matchParts(pattern.labels, asked.labels, HOST_RULES);
}
