/** Rules for what was recorded: a first policy, or what the present one lacks. Hosts never become wildcards. */
import { parseDestination } from '../policy/destination.js';
import type { Flow } from './rollup/flow.js';
import { bytesText, countText } from './quantity-text.js';

interface LearnedRule {
  readonly to: string;
  readonly packages: Set<string>;
  hasUnattributed: boolean;
  calls: number;
  sent: number;
  readonly journals: Set<string>;
}

const RULES_MAX = 1_024;

/** Collects unexpected flows of one journal after the other. */
export class LearnedRules {
  readonly #rules = new Map<string, LearnedRule>();
  readonly #journals = new Set<string>();
  /** Destinations that no rule can name, such as a host that is none. */
  readonly #unnamed = new Set<string>();

  add(flows: Iterable<Flow>, journal: string): void {
    this.#journals.add(journal);
    for (const flow of flows) {
      if (flow.direction !== 'egress' || flow.class !== 'unexpected') continue;
      const to = destinationOf(flow);
      if (to === undefined || typeof parseDestination(to, 443) === 'string') {
        this.#unnamed.add(JSON.stringify(to ?? '?'));
        continue;
      }
      if (!this.#rules.has(to) && this.#rules.size >= RULES_MAX) continue;
      const rule = this.#rules.get(to) ?? {
        ...{ to, packages: new Set<string>(), hasUnattributed: false, calls: 0, sent: 0, journals: new Set<string>() },
      };
      this.#rules.set(to, rule);
      if (flow.package === undefined) rule.hasUnattributed = true;
      else rule.packages.add(flow.package);
      rule.calls += flow.calls;
      rule.sent += flow.sent;
      rule.journals.add(journal);
    }
  }

  /** YAML; every recorded text in it is a quoted JSON string, which YAML reads as the same text. */
  toYaml(): string {
    const rules = [...this.#rules.values()].sort((a, b) => b.calls - a.calls || (a.to < b.to ? -1 : 1));
    const ids = new Set<string>();
    const lines = ['version: 1', rules.length === 0 ? 'rules: []' : 'rules:'];
    for (const rule of rules) {
      const { to, packages, hasUnattributed, calls, sent, journals } = rule;
      lines.push(
        `  # ${countText(calls, 'call')}, ${bytesText(sent)} sent, in ${journals.size} of ${countText(this.#journals.size, 'journal')}`,
      );
      lines.push(`  - id: ${idOf(to, ids)}`, `    to: ${JSON.stringify(to)}`);
      // A call that could not be attributed fits no rule with a package.
      if (!hasUnattributed)
        lines.push(
          `    package: [${[...packages]
            .sort()
            .map((name) => JSON.stringify(name))
            .join(', ')}]`,
        );
      lines.push('    why: learned; say here what it is for');
    }
    if (this.#unnamed.size > 0) lines.push(`# ${countText(this.#unnamed.size, 'destination')} that no rule can name`);
    return lines.join('\n');
  }
}

function destinationOf({ host, port, channel }: Flow): string | undefined {
  if (host === undefined) return undefined;
  if (host.startsWith('/')) return `unix:${host}`;
  const shown = host.includes(':') ? `[${host}]` : host;
  // A look-up has no port; the rule for the name covers it.
  if (port === undefined) return channel === 'dns' ? shown : undefined;
  return `${shown}:${port}${channel === 'udp' ? '/udp' : ''}`;
}

/** A word of the destination, numbered where two would be alike. */
function idOf(to: string, taken: Set<string>): string {
  const word = to
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 56);
  const base = word === '' ? 'rule' : word;
  let id = base;
  for (let number = 2; taken.has(id); number += 1) id = `${base}-${number}`;
  taken.add(id);
  return id;
}
