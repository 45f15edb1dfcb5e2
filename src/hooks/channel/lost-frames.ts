/** Reads what was to be handed over and was not, so that its loss can be told. */
import { idInText } from '../../event/compact-call.js';

export interface LostFrames {
  /** Distinct calls of which some news was lost; the recorder may know that they began. */
  readonly calls: number;
  /** Counts that are to be told again. */
  readonly gaps: readonly string[];
}

/** @param text lines of frames as the channel writes them */
export function readLost(text: string): LostFrames {
  const seen: Record<string, true> = { __proto__: null as never };
  const gaps: string[] = [];
  let calls = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const id = idAt(text, start);
    if (id !== undefined && seen[id] === undefined) {
      seen[id] = true;
      calls += 1;
    } else if (text.startsWith('{"t":"gap"', start)) gaps[gaps.length] = text.slice(start, end);
    start = end + 1;
  }
  return { calls, gaps };
}

/** The number of the call that a frame speaks of. */
function idAt(text: string, start: number): string | undefined {
  const id = idInText(text, start);
  if (id !== undefined) return `${id}`;
  for (const lead of ['{"t":"end","id":', '{"t":"begin","id":']) {
    if (!text.startsWith(lead, start)) continue;
    const from = start + lead.length;
    return text.slice(from, text.indexOf(',', from));
  }
  return undefined;
}
