/** Which policy judges: --policy, --expect, what a run was recorded under, or the project's own file. */
import * as nodeFs from 'node:fs';
import path from 'node:path';
import type { Policy } from '../policy/policy.js';

/** Found without a flag, in the working folder. */
const PROJECT_POLICY = 'egress.policy.yaml';
const STDOUT = 1;

export interface PolicyFlags {
  readonly policy?: string | undefined;
  readonly expect?: string | undefined;
}

/**
 * The policy of a new run: the one that is named, else the project's.
 * @returns undefined where no policy is named and the project has none
 * @throws POLICY_INVALID, POLICY_MISSING
 */
export async function choosePolicy(
  flags: PolicyFlags,
  cwd: string,
  fs: typeof nodeFs = nodeFs,
): Promise<Policy | undefined> {
  return (await givenPolicy(flags, cwd, fs)) ?? projectPolicy(cwd, fs);
}

/**
 * For what reads journals: a policy that is named judges every run; the project's only those without one of their own.
 * @throws POLICY_INVALID, POLICY_MISSING
 */
export async function choosePolicies(
  flags: PolicyFlags,
  cwd: string,
): Promise<{ readonly given: Policy | undefined; readonly fallback: Policy | undefined }> {
  const given = await givenPolicy(flags, cwd, nodeFs);
  return { given, fallback: given === undefined ? await projectPolicy(cwd, nodeFs) : undefined };
}

async function givenPolicy(
  { policy, expect }: PolicyFlags,
  cwd: string,
  fs: typeof nodeFs,
): Promise<Policy | undefined> {
  if (policy === undefined && expect === undefined) return undefined;
  const { expectNone, loadPolicy } = await import('../policy/parse-policy.js');
  return policy === undefined ? expectNone() : loadPolicy(path.resolve(cwd, policy), fs, policy);
}

async function projectPolicy(cwd: string, fs: typeof nodeFs): Promise<Policy | undefined> {
  const file = path.join(cwd, PROJECT_POLICY);
  if (!fs.existsSync(file) || isBeingWritten(file, fs)) return undefined;
  const { loadPolicy } = await import('../policy/parse-policy.js');
  return loadPolicy(file, fs, PROJECT_POLICY);
}

/** `egress policy learn > egress.policy.yaml`: the shell has emptied the file before egress starts, and waits for its rules. */
function isBeingWritten(file: string, fs: typeof nodeFs): boolean {
  const { size, dev, ino } = fs.statSync(file, { bigint: true });
  if (size > 0n) return false;
  const output = fs.fstatSync(STDOUT, { bigint: true });
  return output.dev === dev && output.ino === ino;
}
