/** What a policy outcome has to tell a machine that counts findings: destinations first, then why it is not all. */
import { printable } from '../../core/printable.js';
import { adviceFor } from '../../verdict/advice.js';
import type { Level } from '../../verdict/reason.js';
import type { Conclusion } from '../../verdict/verdict.js';
import { reasonText } from '../../verdict/verdict-text.js';
import { dependentsText, destinationText, packageText } from '../model/group-text.js';
import { sentText } from '../model/sizes.js';
import type { Group } from '../model/groups.js';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { countText } from '../text/quantity-text.js';

export interface ListedFinding {
  /** Stable: code scanning tells rules by it. */
  readonly id: 'denied-destination' | 'unexpected-destination' | 'incomplete-evidence';
  /** `warning`: the policy asks for words only. */
  readonly level: 'error' | 'warning';
  readonly title: string;
  /** One line, safe to print. */
  readonly text: string;
  readonly hint?: string;
  /** Of a destination. */
  readonly group?: Group;
}

/** Of what is no destination. */
const TITLES: Readonly<Record<Level, string>> = {
  ALARM: 'Alarm',
  NOT_CHECKED: 'Not checked',
  ATTENTION: 'Not everything was seen',
  ALL_CLEAR: '',
};

const isFailure = (conclusion: Conclusion): boolean => conclusion !== 'clean';

export function listFindings({ unexpected, verdict, conclusion, journals }: PolicyOutcome): readonly ListedFinding[] {
  const destinations = unexpected.map(({ group, isAlarm, hint }): ListedFinding => ({
    id: isAlarm ? 'denied-destination' : 'unexpected-destination',
    level: isAlarm || isFailure(conclusion) ? 'error' : 'warning',
    title: isAlarm ? 'Denied destination' : 'Unexpected destination',
    text: destinationSentence(group),
    ...(hint === undefined ? {} : { hint }),
    group,
  }));
  const several = journals.length > 1;
  const reasons = (several ? journals : [{ journal: '', verdict }]).flatMap(({ journal, verdict: own }) =>
    own.reasons
      .filter(({ weight }) => weight === 'incomplete')
      .map((reason): ListedFinding => {
        const [hint] = adviceFor([reason]);
        return {
          ...{ id: 'incomplete-evidence', level: 'error', title: TITLES[reason.level] },
          text: `${several ? `${printable(journal, { max: 120 })}: ` : ''}${reasonText(reason)}`,
          ...(hint === undefined ? {} : { hint }),
        };
      }),
  );
  return [...destinations, ...reasons];
}

/** `evil.example:443 https: 14 calls, 61.7 kB sent, from left-pad 1.3.0 (asked by …), by rule no-metadata`. */
function destinationSentence(group: Group): string {
  const rule = group.rule === undefined ? '' : `, by rule ${printable(group.rule, { max: 64 })}`;
  const askedBy = group.askedBy === undefined ? '' : ` (asked by ${dependentsText(group.askedBy)})`;
  const much = `${countText(group.calls, 'call')}, ${sentText(group)} sent`;
  return `${destinationText(group)}: ${much}, from ${packageText(group)}${askedBy}${rule}`;
}
