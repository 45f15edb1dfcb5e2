/** Rules for what was recorded: a first policy, or what the present one lacks. Hosts never become wildcards. */
import { parseDestination } from '../../policy/destination.js';
import type { Rule } from '../../policy/policy.js';
import { sentText } from '../model/sizes.js';
import { addSums, emptySums, type CallSums, type Flow } from '../rollup/flow.js';
import { countText } from '../text/quantity-text.js';

interface LearnedRule {
  readonly to: string;
  readonly packages: Set<string>;
  /** Of calls that no package answers for: the program that made them; absent where not even that is known. */
  readonly program: string | undefined;
  readonly sums: CallSums;
  readonly journals: Set<string>;
}

const RULES_MAX = 1_024;
/** Characters that mean something in a glob: a program with one of them in its name is named by no rule. */
const GLOB = /[*?[\]{}!\\/]/;

/** Collects unexpected flows of one journal after the other. */
export class LearnedRules {
  readonly #rules = new Map<string, LearnedRule>();
  readonly #journals = new Set<string>();
  /** Rules of the present policy that decided about some call. */
  readonly #used = new Set<string>();
  /** Destinations that no rule can name, such as a host that is none. */
  readonly #unnamed = new Set<string>();

  add(flows: Iterable<Flow>, journal: string): void {
    this.#journals.add(journal);
    for (const flow of flows) {
      if (flow.rule !== undefined) this.#used.add(flow.rule);
      if (flow.direction === 'egress' && flow.class === 'unexpected') this.#learn(flow, journal);
    }
  }

  #learn(flow: Flow, journal: string): void {
    const to = destinationOf(flow);
    const program = flow.package === undefined ? flow.program : undefined;
    if (
      to === undefined ||
      typeof parseDestination(to, 443) === 'string' ||
      (program !== undefined && GLOB.test(program))
    ) {
      this.#unnamed.add(JSON.stringify(to ?? '?'));
      return;
    }
    // What a package calls and what nobody answers for are two rules: one without a package would let anybody.
    const key = JSON.stringify([to, flow.package === undefined, program]);
    const known = this.#rules.get(key);
    if (known === undefined && this.#rules.size >= RULES_MAX) return;
    const rule = known ?? { to, packages: new Set(), program, sums: emptySums(), journals: new Set<string>() };
    this.#rules.set(key, rule);
    if (flow.package !== undefined) rule.packages.add(flow.package);
    addSums(rule.sums, flow);
    rule.journals.add(journal);
  }

  /**
   * YAML; every recorded text in it is a quoted JSON string, which YAML reads as the same text.
   * @param present rules of the policy in force: of those that no call needed it is said
   */
  toYaml(present: readonly Pick<Rule, 'id'>[] = []): string {
    const rules = [...this.#rules.values()].sort((a, b) => b.sums.calls - a.sums.calls || (a.to < b.to ? -1 : 1));
    const ids = new Set(present.map(({ id }) => id));
    const lines = ['version: 1', rules.length === 0 ? 'rules: []' : 'rules:'];
    for (const rule of rules) lines.push(...this.#ruleLines(rule, ids));
    if (this.#unnamed.size > 0) lines.push(`# ${countText(this.#unnamed.size, 'destination')} that no rule can name`);
    const unused = present.filter(({ id }) => !this.#used.has(id));
    if (unused.length > 0) lines.push('# Rules that no recorded call needed:', ...unused.map(({ id }) => `#   ${id}`));
    return lines.join('\n');
  }

  #ruleLines({ to, packages, program, sums, journals }: LearnedRule, ids: Set<string>): string[] {
    const names = [...packages].sort().map((name) => JSON.stringify(name));
    const inSome = `in ${journals.size} of ${countText(this.#journals.size, 'journal')}`;
    return [
      `  # ${countText(sums.calls, 'call')}, ${sentText(sums)} sent, ${inSome}`,
      `  - id: ${idOf(to, ids)}`,
      `    to: ${JSON.stringify(to)}`,
      ...(names.length > 0 ? [`    package: [${names.join(', ')}]`] : []),
      ...(program === undefined ? [] : [`    process: [${JSON.stringify(`**/${program}`)}]`]),
      '    why: learned; say here what it is for',
    ];
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
