/** What "caught" means. */
import { expect, test, type TestContext } from 'vitest';
import type { NetRecord } from '../../src/event/net-record.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { type Arrival, Bottle, noBottle } from './bottle.js';

const NODE = [process.execPath, 'app.js'] as const;
/** Runs the scripts of all installed packages, as an installation does. */
export const NPM = ['npm', 'rebuild', '--foreground-scripts', '--loglevel=error'] as const;

interface Run {
  readonly command?: readonly string[];
  readonly flags?: readonly string[];
  /** Text of a policy; absent: --expect none. */
  readonly policy?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Attacked extends Outcome {
  readonly bottle: Bottle;
  readonly arrivals: readonly Arrival[];
  /** Flags that name the policy of the run. */
  readonly judge: readonly string[];
}

interface Made {
  readonly bottle: Bottle;
  readonly run: (run?: Run) => Promise<Attacked>;
}

export type Make = (packages: readonly string[], main?: string) => Made;

if (noBottle !== undefined) process.stderr.write(`attacks: skipped, ${noBottle}\n`);

/** A test with a bottle of its own; several at once, unless one takes minutes. */
export function attack(
  name: string,
  body: (make: Make, skip: TestContext['skip']) => Promise<void>,
  minutes?: number,
): void {
  const kind = test.skipIf(noBottle !== undefined);
  const timeout = minutes === undefined ? {} : { timeout: minutes * 60_000 };
  (minutes === undefined ? kind.concurrent : kind)(name, timeout, async ({ skip }) => {
    const made: Bottle[] = [];
    try {
      await body((packages, main) => {
        const bottle = new Bottle(packages, main);
        made.push(bottle);
        return { bottle, run: (run) => runIn(bottle, run) };
      }, skip);
    } finally {
      for (const bottle of made) bottle.remove();
    }
  });
}

async function runIn(bottle: Bottle, { command = NODE, flags = [], policy, env }: Run = {}): Promise<Attacked> {
  const judge = policy === undefined ? ['--expect', 'none'] : ['--policy', bottle.write('ci.policy.yaml', policy)];
  const outcome = await bottle.run([...judge, ...flags], command, env);
  return { ...outcome, bottle, judge, arrivals: bottle.arrivals };
}

interface Wanted {
  readonly to: RegExp;
  readonly package?: string;
  readonly version?: string;
  /** Where the call was made by a program without packages. */
  readonly program?: string;
  readonly reason?: NetRecord['egress']['reason'];
  readonly calls?: number;
  readonly level?: 'ATTENTION' | 'ALARM';
  /** Through which packages the project came by it. */
  readonly askedBy?: string;
  /** What the reader is told to think of. */
  readonly hint?: string;
}

/** The journal, the end of the run, `policy check` and the report say the same: who did what, and that it is not right. */
export async function expectCaught({ bottle, status, stderr, judge }: Attacked, wanted: Wanted): Promise<void> {
  const calls = bottle.calls(wanted.to);
  expect(calls).toHaveLength(wanted.calls ?? 1);
  for (const { row, site, process } of calls) {
    expect(row.package?.name).toBe(wanted.package);
    expect(row.process?.name).toBe(wanted.program);
    if (wanted.version !== undefined) expect(site?.package?.version).toBe(wanted.version);
    if (wanted.reason !== undefined) expect(row.egress.reason).toBe(wanted.reason);
    expect(process?.pid).toBeGreaterThan(0);
  }
  const who = wanted.package === undefined ? `[${wanted.program ?? '?'}]` : wanted.package;
  const { level = 'ATTENTION' } = wanted;
  expect(status).toBe(120);
  const { check, report } = await bottle.judged(...judge);
  expect(check.status).toBe(1);
  const said = [wanted.hint, wanted.askedBy].filter((words) => words !== undefined);
  for (const words of said) for (const text of [stderr, check.stdout]) expect(text).toContain(words);
  expect(check.stdout).toContain('egress policy explain ');
  for (const text of [stderr, check.stdout, report.stdout]) {
    expect(text).toContain(level);
    const line = text.split('\n').find((candidate) => wanted.to.test(candidate));
    expect(line).toContain(who);
  }
}
