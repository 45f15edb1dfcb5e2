import { z } from 'zod';
import { policySchema } from './policy-schema.js';

/**
 * The shape of a policy file for editors: `docs/policy.schema.json`, which the build writes. What it refuses, egress
 * refuses; beyond it, egress reads the texts (destinations, packages, dates) and says what is wrong with them.
 */
export function publishedSchema(): object {
  const { $schema, ...shape } = z.toJSONSchema(policySchema, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'egress policy', description: 'Which outbound calls of a program are expected', ...shape };
}
