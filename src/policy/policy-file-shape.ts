/**
 * Whether parsed JSON is a policy file. `policy-schema.ts` says the same of files that people write, with places and
 * advice. Of a policy that lies in a journal, which anybody may have written, nobody needs more than yes or no: so who
 * reads journals loads no schema library for it, nor does the evidence page carry one. Tests hold both to each other.
 */
import { GAP_REASONS } from '../event/gap-reason.js';
import type { PolicyFile } from './policy-schema.js';

type Check = (value: unknown) => boolean;

const WHY_CHARS_MAX = 1_024;
const RULES_MAX = 4_096;
const VENDORS_MAX = 256;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isId: Check = (value) => typeof value === 'string' && ID.test(value);
const isWhy: Check = (value) => typeof value === 'string' && value !== '' && value.length <= WHY_CHARS_MAX;
const isTexts: Check = (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/** A day that the calendar has. */
const isDay: Check = (value) => {
  if (typeof value !== 'string' || !DAY.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
};

const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

const listOf =
  (check: Check, max = Infinity): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** An object with all required members and no others than those named. */
function object(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check {
  const checks = new Map([...Object.entries(required), ...Object.entries(optional)]);
  const names = Object.keys(required);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    names.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, member]) => checks.get(name)?.(member) === true);
}

const caller = { package: isTexts, process: isTexts };
const rule = object({ id: isId, to: isTexts, why: isWhy }, { ...caller, expires: isDay });
const denial = object({ to: isTexts, why: isWhy }, { id: isId, ...caller, verdict: oneOf('unexpected', 'alarm') });
const declaration = object({ to: isText }, { methods: isTexts, max_request_bytes: isCount });
const vendor = object({ name: isId }, { packages: isTexts, to: isTexts, declared: listOf(declaration) });
const gap = object({ accept: oneOf(...GAP_REASONS), why: isWhy });

const policyFile = object(
  { version: oneOf(1) },
  {
    unexpected: oneOf('fail', 'warn'),
    loopback: oneOf('expected', 'unexpected'),
    observers: listOf(oneOf('hooks', 'kernel')),
    rules: listOf(rule, RULES_MAX),
    deny: listOf(denial, RULES_MAX),
    vendors: listOf(vendor, VENDORS_MAX),
    gaps: listOf(gap),
  },
);

/** @param value parsed JSON @returns whether it is a policy file that extends nothing */
export function isPolicyFile(value: unknown): value is PolicyFile {
  return policyFile(value);
}
