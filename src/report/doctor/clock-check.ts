/** What `doctor` says of the clock: what ends, ends by the latest time that the journal has written down. */
import { isTime } from '../../officers/officer-note.js';
import { StoredLines } from '../stored/stored-lines.js';
import { durationText } from '../text/quantity-text.js';
import type { Check } from './diagnosis.js';

/** Records by whose times the writer goes itself; those of calls are the program's. */
const WRITTEN: ReadonlySet<string> = new Set(['seal', 'segment.open', 'state', 'recovered']);
/** A busy run seals every few seconds. */
const LINES_MAX = 10_000;

/** @param nowMillis of this machine, since the Unix epoch */
export function clockCheck(journal: string, nowMillis: number): Check {
  const name = 'clock';
  const known = newestTime(journal);
  if (known === undefined) return { name, status: 'none', says: 'there is no journal yet to compare it with' };
  const behindMillis = Date.parse(known) - nowMillis;
  if (behindMillis <= 0) return { name, status: 'ok', says: 'not behind the journal’s own times' };
  return {
    ...{
      name,
      status: 'warning',
      says: `${durationText(behindMillis * 1e6)} behind what the journal has written down`,
    },
    advice: 'What had ended by then has ended. Officers’ statements count as expired until the clock has caught up.',
  };
}

function newestTime(journal: string): string | undefined {
  try {
    const lines = new StoredLines(journal);
    const segment = lines.segments().at(-1) ?? 1;
    let left = LINES_MAX;
    for (const { view } of lines.backward(segment)) {
      const time = WRITTEN.has(view?.kind ?? '') ? view?.text('time') : undefined;
      if (isTime(time)) return time;
      left -= 1;
      if (left === 0) break;
    }
    const opened = lines.first(segment)?.text('time');
    return isTime(opened) ? opened : undefined;
  } catch {
    // A journal that cannot be read is told of by other checks.
    return undefined;
  }
}
