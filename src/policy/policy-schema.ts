import * as z from 'zod';
import { GAP_REASONS } from '../event/gap-reason.js';

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const why = z.string().min(1).max(1_024).describe('The reason, for whoever reads the policy or its verdict later');
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id has up to 64 letters, digits, dots, dashes');
const to = texts.describe('host[:port|:*][/udp], [v6]:port, a range in CIDR notation, or unix:/path');
const caller = {
  package: texts.optional().describe('Packages that may: name, @scope/*, name@range'),
  process: texts.optional().describe('Executables that may, as globs over their path'),
};

/**
 * The shape of a policy file. What the texts mean is decided by the parsers beside this file. Loaded only where there
 * is a policy: importing zod costs more than most commands do.
 */
export const policySchema = z.strictObject({
  version: z.literal(1, 'has to be there, and 1'),
  extends: texts.optional().describe('Files, relative to this one, or built-in policies: egress:deny-telemetry'),
  unexpected: z.enum(['fail', 'warn']).optional(),
  loopback: z.enum(['expected', 'unexpected']).optional(),
  observers: z
    .array(z.enum(['hooks', 'kernel']))
    .optional()
    .describe('Observers that have to be at work'),
  rules: z
    .array(
      z.strictObject({
        id,
        to,
        ...caller,
        why,
        expires: z.iso.date('not a day; write it as 2027-01-31').optional().describe('Last day, in UTC'),
      }),
    )
    .max(4_096)
    .optional(),
  deny: z
    .array(
      z.strictObject({ id: id.optional(), to, ...caller, verdict: z.enum(['unexpected', 'alarm']).optional(), why }),
    )
    .max(4_096)
    .optional(),
  vendors: z
    .array(
      z.strictObject({
        name: id,
        packages: texts.optional(),
        to: texts.optional(),
        declared: z
          .array(
            z.strictObject({
              to: z.string().min(1),
              methods: texts.optional(),
              max_request_bytes: z.int().nonnegative().optional(),
            }),
          )
          .optional(),
      }),
    )
    .max(256)
    .optional(),
  gaps: z
    .array(z.strictObject({ accept: z.enum(GAP_REASONS), why }))
    .optional()
    .describe('Gaps that are known and accepted'),
});

export type PolicyFile = z.infer<typeof policySchema>;
