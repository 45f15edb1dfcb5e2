import { matchesWildcard } from '../core/wildcard.js';

/**
 * Matching by parts: labels of a host name, folders of a path. One wildcard stands for any number of parts. It goes back
 * to the last wildcard only, so its time is bounded by the product of the lengths whatever a policy or a program makes
 * up; a regular expression would not promise that.
 */
interface PartRules<P> {
  readonly isWildcard: (part: P) => boolean;
  readonly matches: (part: P, item: string) => boolean;
  /** Fewest items that a wildcard stands for. */
  readonly itemsMin: 0 | 1;
}

export function matchParts<P>(parts: readonly P[], items: readonly string[], rules: PartRules<P>): boolean {
  let part = 0;
  let item = 0;
  let wildcard = -1;
  let resume = 0;
  while (item < items.length) {
    const next = parts[part];
    if (next !== undefined && rules.isWildcard(next)) {
      wildcard = part;
      part += 1;
      item += rules.itemsMin;
      resume = item;
    } else if (next !== undefined && rules.matches(next, items[item] ?? '')) {
      part += 1;
      item += 1;
    } else if (wildcard >= 0) {
      part = wildcard + 1;
      resume += 1;
      item = resume;
    } else {
      return false;
    }
  }
  // A wildcard that needs an item and found none left.
  if (item > items.length) return false;
  for (; part < parts.length; part += 1) {
    const rest = parts[part];
    if (rest === undefined || !rules.isWildcard(rest) || rules.itemsMin > 0) return false;
  }
  return true;
}

/** A path by its folders: `**` stands for any number of them, `*` for characters of one. */
export function matchPath(pattern: string, path: string): boolean {
  return matchParts(pattern.split('/'), path.split('/'), {
    isWildcard: (part) => part === '**',
    matches: matchesWildcard,
    itemsMin: 0,
  });
}
