#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/** As `engines` in package.json, of which npm only warns. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isTooOld = major < 20 || (major === 20 && minor < 20);

/**
 * An agent that NODE_OPTIONS preloads (an APM, say) would run inside egress too, and could open connections of its own;
 * what writes the heap to a file would write keys and plaintext there. Start once more without it; the program gets the
 * user's NODE_OPTIONS unchanged.
 */
const FOREIGN = /(^|\s)(--?r(equire)?|--import|--(experimental-)?loader|--inspect\S*|--heap\S*|--report-\S*)(=|\s|$)/;
const options = process.env.NODE_OPTIONS ?? '';

/** The descriptor of a passphrase goes over as well; in the place of those below it, which nobody knows, is nothing. */
function passed() {
  const passphrase = Number(process.env.EGRESS_PASSPHRASE_FD);
  const isOpen =
    Number.isInteger(passphrase) && passphrase > 2 && passphrase < 256 && existsSync(`/dev/fd/${passphrase}`);
  return ['inherit', 'inherit', 'inherit', ...(isOpen ? [...Array(passphrase - 3).fill('ignore'), 'inherit'] : [])];
}

if (isTooOld) {
  process.stderr.write(
    `egress: Node.js ${process.versions.node} is too old, egress needs 20.20 or later (PLATFORM_UNSUPPORTED)\n` +
      '  Put a newer one first in PATH, or install it.\n',
  );
  process.exitCode = process.argv[2] === 'run' ? 125 : 3;
} else if (FOREIGN.test(options) && process.env.EGRESS_PROGRAM_NODE_OPTIONS === undefined) {
  const env = { ...process.env, EGRESS_PROGRAM_NODE_OPTIONS: options, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { env, stdio: passed() });
  // A terminal sends these to both processes; here they only must not end the outer one first.
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
} else {
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), import.meta.url, () => import('../dist/commands/run.js'));
}
