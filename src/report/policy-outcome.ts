/** Whether recorded calls are what a policy expects; and whether enough was seen to say so. */
import type { Policy } from '../policy/policy.js';
import { TELEMETRY } from '../policy/telemetry-catalogue.js';
import { parsePackagePattern, matchesPackage } from '../policy/package-pattern.js';
import { groupFlows, totalOf, type Group } from './model/groups.js';
import { holesOf, type Terms } from './model/hole.js';
import { countText } from './quantity-text.js';
import type { Flow } from './rollup/flow.js';
import { Rollup } from './rollup/rollup.js';

export interface PolicyOutcome {
  /** Name of the policy, and its SHA-256. */
  readonly policy: { readonly name: string; readonly digest: string };
  /** `incomplete`: nothing unexpected was seen, but not all was seen. */
  readonly verdict: 'expected' | 'unexpected' | 'incomplete';
  /** Whether an unexpected call fails the run, or the policy only warns of it. */
  readonly fails: boolean;
  readonly calls: number;
  /** Destinations that the policy does not expect or raises an alarm for, the alarms first. */
  readonly unexpected: readonly Finding[];
  /** Why "nothing unexpected" would claim too much. */
  readonly incomplete: readonly string[];
}

interface Finding {
  readonly isAlarm: boolean;
  readonly group: Group;
  /** What it probably is, and how to switch it off. */
  readonly hint?: string;
}

/** Takes in one journal after the other. Runs of different journals are never confused, and memory does not add up. */
export class PolicyAssessment {
  readonly #policy: Policy;
  readonly #traffic = new Rollup();
  readonly #incomplete: string[] = [];

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /**
   * @param journal its name, where there are several
   * @param trouble what is known beside the records, such as a recording that stopped
   */
  add(rollup: Rollup, trouble: readonly string[] = [], journal?: string): void {
    const reasons = [...trouble, ...unseenIn(rollup, this.#policy)];
    this.#incomplete.push(...reasons.map((reason) => (journal === undefined ? reason : `${journal}: ${reason}`)));
    this.#traffic.addFlows(rollup);
  }

  outcome(): PolicyOutcome {
    const { name, digest, unexpected } = this.#policy;
    const outbound = [...this.#traffic.flows.values()].filter(({ direction }) => direction === 'egress');
    const findings = (['alarm', 'unexpected'] as const).flatMap((callClass) => findingsOf(outbound, callClass));
    const incomplete = this.#incomplete;
    return {
      policy: { name, digest },
      verdict: findings.length > 0 ? 'unexpected' : incomplete.length > 0 ? 'incomplete' : 'expected',
      fails: findings.some(({ isAlarm }) => isAlarm || unexpected === 'fail'),
      calls: totalOf(outbound).calls,
      unexpected: findings,
      incomplete,
    };
  }
}

function findingsOf(outbound: readonly Flow[], callClass: 'alarm' | 'unexpected'): Finding[] {
  const dimensions = ['host', 'port', 'channel', 'package', 'version', 'program', 'class', 'rule'] as const;
  const flows = outbound.filter((flow) => flow.class === callClass);
  return groupFlows(flows, dimensions, { direction: 'egress' }).map((group): Finding => {
    const hint = telemetryHint(group);
    return { isAlarm: callClass === 'alarm', group, ...(hint === undefined ? {} : { hint }) };
  });
}

/** A journal without a run, an end that is missing, and all that a report calls a hole. */
export function unseenIn(rollup: Rollup, terms: Terms | undefined): string[] {
  const runs = rollup.runs.all;
  const open = runs.filter(({ ended }) => ended === undefined).length;
  return [
    ...(runs.length === 0 ? ['no run is recorded'] : []),
    ...(open > 0 ? [`${countText(open, 'run')} without an end: interrupted, or still going on`] : []),
    ...(rollup.self > 0 ? [`${countText(rollup.self, 'call')} came from egress itself`] : []),
    ...holesOf(rollup, terms).map(({ text }) => text),
  ];
}

/** By the package that sent it, whatever host it went to. */
function telemetryHint({ package: name }: Group): string | undefined {
  if (name === undefined) return undefined;
  const source = TELEMETRY.find(({ packages }) =>
    packages.some((text) => {
      const pattern = parsePackagePattern(text);
      return typeof pattern !== 'string' && matchesPackage(pattern, name, undefined);
    }),
  );
  return source === undefined ? undefined : `${source.name}: switch it off with ${source.switchOff}`;
}
