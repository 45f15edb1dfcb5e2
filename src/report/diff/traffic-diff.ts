/** What one record of traffic has that another has not: destinations, who calls them, versions, volumes. */
import type { CallSums } from '../rollup/flow.js';
import type { Caller, Place, Side } from './side.js';

/** A caller at a destination that both sides know. */
interface CallerAt {
  readonly place: Place;
  readonly caller: Caller;
}

/** What one side has and the other has not; the most calls first. */
interface Only {
  readonly places: readonly Place[];
  readonly callers: readonly CallerAt[];
}

/** A package, or a program, whose versions are not the same on both sides; absent there: no versions. */
export interface PackageChange {
  readonly caller: Caller;
  readonly kind: 'new' | 'gone' | 'version';
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/** A destination that both sides know, with a different volume. */
interface VolumeChange {
  readonly place: Place;
  readonly old: Readonly<CallSums>;
  readonly new: Readonly<CallSums>;
}

export interface TrafficDiff {
  readonly old: Readonly<CallSums>;
  readonly new: Readonly<CallSums>;
  /**
   * `new`: there is a destination, or a caller of a known one, that the old side has not. `incomplete`: none was
   * recorded, but that does not say that there was none.
   */
  readonly verdict: 'new' | 'incomplete' | 'nothing_new';
  readonly added: Only;
  readonly gone: Only;
  readonly packages: readonly PackageChange[];
  /** The largest change of bytes sent first. */
  readonly volumes: readonly VolumeChange[];
  /** Why "nothing new" would claim too much. */
  readonly incomplete: readonly string[];
  /** What the old side did not see: something that is new here may have been there already. */
  readonly oldUnseen: readonly string[];
}

/** What is known of a side beside its calls. */
export interface Unseen {
  /** Reasons that make any answer worthless, such as a journal that does not verify. */
  readonly trouble: readonly string[];
  /** Holes in what was seen. */
  readonly holes: readonly string[];
}

export function diffTraffic(
  before: Side,
  after: Side,
  unseen: { readonly old: Unseen; readonly new: Unseen },
): TrafficDiff {
  const added = onlyIn(after, before);
  const rest = after.restCalls > 0 ? ['more destinations than are told apart'] : [];
  const incomplete = [...unseen.old.trouble, ...unseen.new.trouble, ...unseen.new.holes, ...rest];
  const isNew = added.places.length + added.callers.length > 0;
  return {
    old: before.total,
    new: after.total,
    verdict: isNew ? 'new' : incomplete.length > 0 ? 'incomplete' : 'nothing_new',
    added,
    gone: onlyIn(before, after),
    packages: packageChanges(before, after),
    volumes: volumeChanges(before, after),
    incomplete,
    oldUnseen: [...unseen.old.holes, ...(before.restCalls > 0 ? ['more destinations than are told apart'] : [])],
  };
}

function onlyIn(side: Side, other: Side): Only {
  const byCalls = (a: CallSums, b: CallSums): number => b.calls - a.calls;
  const places: Place[] = [];
  const callers: CallerAt[] = [];
  for (const [key, place] of side.places) {
    const known = other.places.get(key);
    if (known === undefined) places.push(place);
    else for (const [who, caller] of place.callers) if (!known.callers.has(who)) callers.push({ place, caller });
  }
  return { places: places.sort(byCalls), callers: callers.sort((a, b) => byCalls(a.caller, b.caller)) };
}

function packageChanges(before: Side, after: Side): PackageChange[] {
  const keys = [...new Set([...after.callers.keys(), ...before.callers.keys()])];
  return keys.flatMap((key): PackageChange[] => {
    const [was, is] = [before.callers.get(key), after.callers.get(key)];
    const caller = is ?? was;
    if (caller === undefined) return [];
    const [old, now] = [[...(was?.versions ?? [])].sort(), [...(is?.versions ?? [])].sort()];
    const kind = was === undefined ? 'new' : is === undefined ? 'gone' : 'version';
    return kind === 'version' && old.join() === now.join() ? [] : [{ caller, kind, old, new: now }];
  });
}

function volumeChanges(before: Side, after: Side): VolumeChange[] {
  const changes = [...after.places].flatMap(([key, place]): VolumeChange[] => {
    const old = before.places.get(key);
    const isSame = old?.calls === place.calls && old.sent === place.sent && old.received === place.received;
    return old === undefined || isSame ? [] : [{ place, old, new: place }];
  });
  const moved = ({ old, new: now }: VolumeChange): number => Math.abs(now.sent - old.sent);
  return changes.sort((a, b) => moved(b) - moved(a));
}
