/** Whether recorded calls are what a policy expects; and whether enough was seen to say so. */
import type { Policy } from '../../policy/policy.js';
import { conclusionOf, worstOf, type Conclusion, type Verdict } from '../../verdict/verdict.js';
import { findingHint } from './finding-hint.js';
import { policyName, whatIfRuns, type Judging } from './judging.js';
import { groupFlows, totalOf, type Group } from '../model/groups.js';
import type { Flow } from '../rollup/flow.js';
import { Rollup } from '../rollup/rollup.js';

interface JudgedJournal {
  readonly journal: string;
  readonly verdict: Verdict;
}

export interface PolicyOutcome {
  /** Name of the policy, or a word for several, and its SHA-256; undefined where there is none. */
  readonly policy: { readonly name: string; readonly digest?: string } | undefined;
  /** How many runs are judged by another policy than the one that they were recorded under. */
  readonly whatIf: number;
  /** Of all journals: the worst, with the reasons of all. */
  readonly verdict: Verdict;
  readonly conclusion: Conclusion;
  readonly journals: readonly JudgedJournal[];
  /** Outbound. */
  readonly calls: number;
  /** Destinations that the policy does not expect or raises an alarm for, the alarms first. */
  readonly unexpected: readonly Finding[];
}

interface Finding {
  readonly isAlarm: boolean;
  readonly group: Group;
  /** What it probably is, and how to switch it off. */
  readonly hint?: string;
}

/** Takes in one journal after the other. Runs of different journals are never confused, and memory does not add up. */
export class PolicyAssessment {
  readonly #given: Pick<Policy, 'name' | 'digest'> | undefined;
  readonly #names = new Set<string>();
  #whatIf = 0;
  readonly #traffic = new Rollup();
  readonly #journals: JudgedJournal[] = [];

  /** @param given the policy that judges all; undefined where each run's own does */
  constructor(given: Pick<Policy, 'name' | 'digest'> | undefined) {
    this.#given = given;
  }

  /** @param journal as the user named it */
  add(journal: string, rollup: Rollup, verdict: Verdict, judging: Judging): void {
    const name = policyName(judging, rollup.tallies.all);
    if (name !== undefined) this.#names.add(name);
    this.#whatIf += whatIfRuns(judging, rollup.tallies.all).length;
    this.#journals.push({ journal, verdict });
    this.#traffic.addFlows(rollup);
  }

  #policy(): PolicyOutcome['policy'] {
    if (this.#given !== undefined) return { name: this.#given.name, digest: this.#given.digest };
    const [only] = this.#names;
    return only === undefined ? undefined : { name: this.#names.size > 1 ? 'the policies in force' : only };
  }

  outcome(): PolicyOutcome {
    const outbound = [...this.#traffic.flows.values()].filter(({ direction }) => direction === 'egress');
    const verdict = worstOf(this.#journals.map((judged) => judged.verdict));
    return {
      policy: this.#policy(),
      whatIf: this.#whatIf,
      verdict,
      conclusion: conclusionOf(verdict),
      journals: this.#journals,
      calls: totalOf(outbound).calls,
      unexpected: (['alarm', 'unexpected'] as const).flatMap((callClass) => findingsOf(outbound, callClass)),
    };
  }
}

function findingsOf(outbound: readonly Flow[], callClass: 'alarm' | 'unexpected'): Finding[] {
  const dimensions = ['host', 'port', 'channel', 'package', 'version', 'program', 'class', 'rule'] as const;
  const flows = outbound.filter((flow) => flow.class === callClass);
  return groupFlows(flows, dimensions, { direction: 'egress' }).map((group): Finding => {
    const hint = findingHint(group);
    return { isAlarm: callClass === 'alarm', group, ...(hint === undefined ? {} : { hint }) };
  });
}
