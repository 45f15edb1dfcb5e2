/** A verdict as JSON; its members are described in docs/CLI_JSON.md. */
import { adviceFor } from '../../verdict/advice.js';
import { reasonText } from '../../verdict/verdict-text.js';
import type { Verdict } from '../../verdict/verdict.js';
import { reasonQuery } from '../model/journal-verdict.js';

export type Json = Readonly<Record<string, unknown>>;

export function verdictJson({ level, hooksOnly, soFar, reasons }: Verdict): Json {
  return {
    verdict: level,
    hooks_only: hooksOnly,
    so_far: soFar,
    reasons: reasons.map((reason) => {
      const { code, weight, count, subject, lost, runs, runCount } = reason;
      const query = reasonQuery(reason);
      const [advice] = adviceFor([reason]);
      return {
        ...{ code, level: reason.level, weight, text: reasonText(reason) },
        ...(count === 0 ? {} : { count }),
        ...(subject === undefined ? {} : { subject }),
        ...(lost === undefined ? {} : { lost }),
        ...{ runs, run_count: runCount },
        ...(advice === undefined ? {} : { advice }),
        ...(query === undefined ? {} : { query }),
      };
    }),
  };
}
