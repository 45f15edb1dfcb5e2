/**
 * node test/frameworks/run.mjs [NAME...]   (Linux; first `npm ci --prefix test/frameworks`, a gigabyte)
 *
 * Runs each framework once for real under `egress run`, in a network namespace of its own where there is nothing but
 * loopback: what a framework would tell its vendor leaves for nowhere. The framework's code calls a local server; that call
 * has to be in the journal once, with the package that made it. Prints the table of docs/COMPATIBILITY.md.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

const here = import.meta.dirname;
const egress = path.resolve(here, '../../bin/run.js');
const bin = (name) => path.join('node_modules/.bin', name);
const UPSTREAM_PORT = 4100;

/** Starts a server, waits for its answer, ends it by SIGTERM. */
const served = (command) =>
  `${command} & server=$!; for i in $(seq 120); do curl -s -m 30 -o /dev/null http://127.0.0.1:4200/ && break; sleep 0.5; done;` +
  ' kill -TERM $server; wait $server; exit 0';
const inFolder = (folder, command) => ['sh', '-c', `cd ${folder} && ${command}`];

/** Name, command, who has made the call: a package, or the file name of a program that has none. */
const CASES = [
  ['npm start', ['npm', 'start'], 'shopfront'],
  ['pnpm start', [bin('pnpm'), 'start'], 'shopfront'],
  ['yarn start', [bin('yarn'), 'start'], 'shopfront'],
  ['npx tsx', ['npx', '--no-install', 'tsx', 'call.ts'], 'shopfront'],
  ['tsx', [bin('tsx'), 'call.ts'], 'shopfront'],
  ['ts-node', [bin('ts-node'), '-T', '-O', '{"module":"commonjs"}', 'call.ts'], 'shopfront'],
  ['npm install, lifecycle script', inFolder('lifecycle', 'npm install --no-audit --no-fund'), 'chatty'],
  ['jest', [bin('jest'), 'tests/jest.test.js'], 'shopfront'],
  ['vitest (forks)', [bin('vitest'), 'run', 'tests/vitest.test.mjs', '--pool', 'forks'], 'shopfront'],
  ['vitest (threads)', [bin('vitest'), 'run', 'tests/vitest.test.mjs', '--pool', 'threads'], 'shopfront'],
  ['mocha', [bin('mocha'), 'tests/mocha.cjs'], 'shopfront'],
  ['NestJS', ['node', 'nest.cjs'], 'shopfront'],
  ['vite dev server', ['node', 'vite.mjs'], 'shopfront'],
  [
    'pm2, cluster of 2',
    [
      'sh',
      '-c',
      `${bin('pm2')} start server.cjs -i 2 && sleep 2 && curl -s http://127.0.0.1:4200/; ${bin('pm2')} kill`,
    ],
    'shopfront',
  ],
  ['next build', inFolder('next', `${bin('next')} build`), undefined],
  ['next start', inFolder('next', served(`${bin('next')} start -p 4200 -H 127.0.0.1`)), 'storefront'],
  ['next dev', inFolder('next', served(`${bin('next')} dev -p 4200 -H 127.0.0.1`)), 'storefront'],
  [
    'next dev --turbopack',
    inFolder('next', served(`${bin('next')} dev --turbopack -p 4200 -H 127.0.0.1`)),
    'storefront',
  ],
  ['astro build', inFolder('astro', `${bin('astro')} build`), 'storefront'],
  ['astro dev', inFolder('astro', served(`${bin('astro')} dev --port 4200 --host 127.0.0.1`)), 'storefront'],
  ['bun', [bin('bun'), 'call.mjs'], /^bun/],
  ['deno', [bin('deno'), 'run', '-A', 'call.mjs'], /^deno/],
];

/** Only the call to upstream counts here; a kernel row has no path. */
function isUpstreamCall({ kind, server, network }) {
  return kind === 'net' && network.direction === 'egress' && (server?.port ?? network.peer?.port) === UPSTREAM_PORT;
}

function attempt(folder, name, command, who) {
  const journal = path.join(folder, 'journal');
  const env = {
    ...process.env,
    ...{ EGRESS_JOURNAL: journal, EGRESS_KEYS: path.join(folder, 'keys'), PM2_HOME: path.join(folder, 'pm2') },
    ...{ UPSTREAM: `http://127.0.0.1:${UPSTREAM_PORT}/`, CI: '1', NODE_OPTIONS: '' },
  };
  const cwd = path.join(folder, 'projects');
  const options = { cwd, env, encoding: 'utf8', timeout: 180_000, maxBuffer: 1 << 26 };
  const run = spawnSync(process.execPath, [egress, 'run', '--', ...command], options);
  const records = readFileSync(path.join(journal, 'segments/00000001.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const calls = records.filter(isUpstreamCall);
  const makers = calls.map(({ package: made, process: program }) => made?.name ?? program?.name ?? '?');
  const gaps = records.filter(({ kind }) => kind === 'gap').map(({ gap }) => gap.reason);
  const verified = spawnSync(process.execPath, [egress, 'verify', journal], { env }).status === 0;
  const isRight =
    run.status === 0 &&
    verified &&
    gaps.length === 0 &&
    (who === undefined
      ? calls.length === 0
      : calls.length === 1 && makers.every((maker) => (who instanceof RegExp ? who.test(maker) : maker === who)));
  const others = records.filter(
    (record) => record.kind === 'net' && record.server?.address?.includes('.') && !isUpstreamCall(record),
  );
  const outside = new Set(others.map(({ server }) => server.address).filter((host) => !/^[0-9.]+$|^\//.test(host)));
  const seen = who === undefined ? '-' : `${calls.length} by ${[...new Set(makers)].join(', ') || 'nobody'}`;
  process.stdout.write(
    `| ${name} | ${isRight ? 'as it should' : `**no** (exit ${run.status})`} | ${seen} | ${gaps.join(', ') || 'none'} | ${[...outside].join(', ') || '-'} |\n`,
  );
  if (!isRight) process.stderr.write(`${name}: ${run.stderr.slice(-2_000)}\n`);
  rmSync(journal, { recursive: true });
  return isRight;
}

/** In the namespace: an upstream in another process, since spawnSync blocks this one. */
function inNamespace(names) {
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-frameworks-'));
  const projects = path.join(folder, 'projects');
  cpSync(path.join(here, 'projects'), projects, { recursive: true });
  for (const project of [projects, path.join(projects, 'next'), path.join(projects, 'astro')]) {
    // Hard links: Turbopack refuses a link that leads out of the project.
    spawnSync('cp', ['-al', path.join(here, 'node_modules'), project], { stdio: 'inherit' });
  }
  spawnSync('npm', ['pack', './dependency', '--silent'], { cwd: path.join(projects, 'lifecycle') });
  const failed = CASES.filter(([name]) => names.length === 0 || names.includes(name)).filter(
    ([name, command, who]) => !attempt(folder, name, command, who),
  );
  rmSync(folder, { recursive: true });
  process.exitCode = failed.length === 0 ? 0 : 1;
}

const [role, ...names] = process.argv.slice(2);
if (role === '--upstream') {
  createServer((_request, response) => response.end('{"ok":true}')).listen(UPSTREAM_PORT, '127.0.0.1');
} else if (role === '--inside') {
  inNamespace(names);
} else {
  process.stdout.write('| program | recorded | the call | gaps | other names it asked for |\n| - | - | - | - | - |\n');
  const all = [role, ...names].filter((name) => name !== undefined);
  const script =
    'ip link set lo up; "$0" "$1" --upstream & upstream=$!; sleep 0.5; "$0" "$1" --inside "${@:2}"; s=$?; kill $upstream; exit $s';
  const args = ['-n', 'bash', '-c', script, process.execPath, import.meta.filename, ...all];
  const { status } = spawnSync('unshare', args, { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
