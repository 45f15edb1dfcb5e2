/**
 * npm run bench -- [NAME...] [--quick] [--json FILE]
 *
 * Every figure is a ratio of two things measured in turn in this same run. Nothing here fails because a machine is slow:
 * a target that was not met is printed, and only a benchmark that could not be carried out gives exit code 1.
 */
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { append } from './append.mjs';
import { kernel } from './kernel.mjs';
import { recorder } from './recorder.mjs';
import { report } from './report.mjs';
import { soak } from './soak.mjs';
import { startUp } from './startup.mjs';
import { egressBin, isOtelInstalled, root } from './subject.mjs';
import { table } from './table.mjs';
import { hasWrk, throughput } from './throughput.mjs';
import { verification } from './verification.mjs';

const BENCHMARKS = {
  server: throughput('server'),
  http: throughput('http'),
  fetch: throughput('fetch'),
  express: throughput('express'),
  kernel,
  append,
  recorder,
  verify: verification,
  report,
  startup: startUp,
  soak,
};

/** A quarter of an hour: only where it is named. */
const LONG = ['soak'];

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown.join(', ')}. There are ${Object.keys(BENCHMARKS).join(', ')}.`);
  }
  return {
    ...values,
    names: positionals.length > 0 ? positionals : Object.keys(BENCHMARKS).filter((name) => !LONG.includes(name)),
  };
}

async function main() {
  const { names, quick, json } = options();
  if (!existsSync(egressBin)) throw new Error(`${egressBin} is missing: npm run build`);
  if (!isOtelInstalled) process.stderr.write('OpenTelemetry is left out: npm ci --prefix test/bench\n');
  if (!hasWrk) process.stderr.write('wrk is not installed: the built-in load generator is used\n');
  const results = [];
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    try {
      const some = await BENCHMARKS[name]({ quick });
      results.push(...some);
      // A run takes minutes: what is known is shown at once.
      process.stderr.write(table(some));
    } catch (error) {
      process.stderr.write(`${name}: ${error.stack}\n`);
      process.exitCode = 1;
    }
  }
  process.stdout.write(table(results));
  const machine = { cpus: os.availableParallelism(), node: process.versions.node, platform: process.platform };
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ machine, quick, wrk: hasWrk, results }, undefined, 2)}\n`);
}

process.chdir(root);
await main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
