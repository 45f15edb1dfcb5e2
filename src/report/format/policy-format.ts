/** A policy outcome in the format that was asked for. */
import type { ChalkInstance } from 'chalk';
import { outcomeJson } from '../policy/policy-json.js';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { policyText } from '../policy/policy-text.js';
import { printableJson } from '../../core/printable.js';
import { policyJunit } from './junit.js';
import { policyMarkdown } from './policy-markdown.js';
import { policySarif, type SarifContext } from './sarif.js';

/** `github`: text, annotations and the step's summary; by itself where the job runs on GitHub. */
export const POLICY_FORMATS = ['text', 'json', 'github', 'sarif', 'junit', 'markdown'] as const;
export type PolicyFormat = (typeof POLICY_FORMATS)[number];

export interface FormatContext extends SarifContext {
  readonly colour: ChalkInstance;
  readonly width: number;
}

/** Without a final newline. */
export function formatOutcome(outcome: PolicyOutcome, format: PolicyFormat, context: FormatContext): string {
  switch (format) {
    case 'text':
    case 'github':
      return policyText(outcome, context.colour, context.width);
    case 'json':
      return printableJson(JSON.stringify(outcomeJson(outcome), undefined, 2));
    case 'markdown':
      return policyMarkdown(outcome);
    case 'sarif':
      return printableJson(policySarif(outcome, context));
    case 'junit':
      return policyJunit(outcome);
  }
}
