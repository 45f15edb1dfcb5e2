// npm run demo: records the example shop, checks the record, and looks at what a vendor's package did.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const bin = path.join(root, 'bin/run.js');
const folder = mkdtempSync(path.join(tmpdir(), 'egress-demo-'));
const env = { ...process.env, EGRESS_JOURNAL: path.join(folder, 'journal'), EGRESS_KEYS: path.join(folder, 'keys') };

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Ends the demo unless the step did what it should. */
function need(condition, complaint) {
  if (condition) return;
  process.stderr.write(`\nThe demo failed: ${complaint}\nIts files are in ${folder}\n`);
  process.exit(1);
}

function egress(args, stdio) {
  const result = spawnSync(process.execPath, [bin, ...args], { cwd: root, env, stdio, encoding: 'utf8' });
  const ending = result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit code ${result.status}`);
  need(result.status === 0, `egress ${args.join(' ')}: ${ending}`);
  return result;
}

function step(title, ...args) {
  say(`\n# ${title}\n$ egress ${args.join(' ')}`);
  egress(args, 'inherit');
}

need(existsSync(path.join(root, 'dist')), 'it is not built; npm run build does that.');

say(`# A journal and keys of its own, so that the demo leaves your home alone.
$ export EGRESS_JOURNAL=${env.EGRESS_JOURNAL}
$ export EGRESS_KEYS=${env.EGRESS_KEYS}`);

step(
  'A shop sells three teapots. Its payment, shipping and mail partners are servers on this machine.',
  'run',
  '--',
  'node',
  'examples/shop/main.js',
);
step('Was the record changed since?', 'verify');
step('The newest records: calls out (→) and in (←), each with the package that wanted it.', 'log', '-n', '12');
step('One package was there to count page views. What did it do?', 'log', '--package', '@acme/insights');

const rows = egress(['log', '--package', '@acme/insights', '-o', 'json'], ['ignore', 'pipe', 'inherit']).stdout;
const last = rows.trim().split('\n').at(-1);
need(last, 'no call of @acme/insights was recorded.');
const { seq, server } = JSON.parse(last);
need(server?.address === 'collector.acme.example', `record #${seq} is not the one that was expected.`);
step(`It posts to ${server.address}. Who asked for that, and from which line?`, 'show', String(seq));

say(`\n# What a call carried is not in the journal: it records who talks to whom, never what they say.
# The journal stays in ${folder}; delete it when you like.`);
