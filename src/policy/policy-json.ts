/** A parsed policy as text, for whoever has to judge by it without its files. */
import { parseAddressRange } from './address.js';
import type { Policy } from './policy.js';

/** A policy is plain data but for its address ranges, each of which says in its text what it is. */
export function policyJson(policy: Policy): string {
  return JSON.stringify(policy);
}

/** @param json as `policyJson` made it @throws SyntaxError */
export function policyFromJson(json: string): Policy {
  return JSON.parse(json, (_, value: unknown) => (isRange(value) ? rangeOf(value.text) : value)) as Policy;
}

function isRange(value: unknown): value is { readonly text: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, text } = value as Record<string, unknown>;
  return kind === 'range' && typeof text === 'string';
}

function rangeOf(text: string): unknown {
  const range = parseAddressRange(text);
  if (typeof range === 'string') throw new SyntaxError(`${text}: ${range}`);
  return range;
}
