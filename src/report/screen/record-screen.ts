import type { Judging } from '../policy/judging.js';
import { explainContext } from '../policy/policy-explanation.js';
import { findRecord } from '../stored/record-context.js';
import { showText } from '../show/show-text.js';
import type { Stage } from './screen.js';
import { TextScreen } from './text-screen.js';

/** One record in full. @throws RECORD_NOT_FOUND, and whatever reading throws */
export function recordScreen(stage: Stage, directory: string, judging: Judging, seq: number): TextScreen {
  const context = findRecord(directory, seq);
  const explanation = explainContext(context, judging);
  return new TextScreen(stage, `record #${seq}`, (look) => showText(context, { ...look, explanation }).split('\n'));
}
