#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/**
 * An agent that NODE_OPTIONS preloads (an APM, say) would run inside egress too, and could open connections of its
 * own. Start once more without it, and hand the user's NODE_OPTIONS to the program unchanged.
 */
const PRELOADING = /(^|\s|")(--?r(equire)?|--import|--(experimental-)?loader|--inspect\S*)(=|\s|$)/;
const options = process.env.NODE_OPTIONS;

if (options !== undefined && PRELOADING.test(options) && process.env.EGRESS_PROGRAM_NODE_OPTIONS === undefined) {
  const env = { ...process.env, EGRESS_PROGRAM_NODE_OPTIONS: options };
  delete env.NODE_OPTIONS;
  // Signals of a terminal reach both processes; the inner one decides.
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
  const { status, signal, error } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env,
    stdio: 'inherit',
  });
  if (error) throw error;
  process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0);
} else {
  const { execute } = await import('@oclif/core');
  await execute({ dir: import.meta.url });
}
