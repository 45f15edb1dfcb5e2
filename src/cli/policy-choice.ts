/** Which policy is in force: --policy, --expect, or the project's own file. */
import * as nodeFs from 'node:fs';
import path from 'node:path';
import { EgressError } from '../core/error.js';
import type { Policy } from '../policy/policy.js';

/** Found without a flag, in the working folder. */
const PROJECT_POLICY = 'egress.policy.yaml';

export interface PolicyFlags {
  readonly policy?: string | undefined;
  readonly expect?: string | undefined;
}

/**
 * @returns undefined where no policy is named and the project has none
 * @throws POLICY_INVALID, POLICY_MISSING
 */
export async function choosePolicy(
  { policy, expect }: PolicyFlags,
  cwd: string,
  fs: typeof nodeFs = nodeFs,
): Promise<Policy | undefined> {
  const found =
    policy ?? (expect === undefined && fs.existsSync(path.join(cwd, PROJECT_POLICY)) ? PROJECT_POLICY : undefined);
  if (found === undefined && expect === undefined) return undefined;
  const { expectNone, loadPolicy } = await import('../policy/parse-policy.js');
  return found === undefined ? expectNone() : loadPolicy(path.resolve(cwd, found), fs, found);
}

/** @throws POLICY_MISSING where there is no policy at all */
export async function requirePolicy(flags: PolicyFlags, cwd: string): Promise<Policy> {
  const policy = await choosePolicy(flags, cwd);
  if (policy !== undefined) return policy;
  throw new EgressError('POLICY_MISSING', `there is no ${PROJECT_POLICY} here`, {
    hint: '--policy FILE names another, --expect none expects nothing but this machine.\negress policy learn writes a first one from what was recorded.',
  });
}
