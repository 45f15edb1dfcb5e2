/**
 * Real packages that call their makers, run for real in a network that nothing can leave (world.mjs), where
 * their endpoints are answered with a certificate that they trust. Each has to reach its endpoint, or nothing was seen; each
 * has to be named with what to set, and to stay silent once that is set.
 *
 * `npm ci --prefix test/telemetry --ignore-scripts` brings the small ones. The large ones are a gigabyte: after `npm ci --prefix
 * test/frameworks`, SLOW=1 tries them, too.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { attack, type Attacked, type Make } from './expectation.js';
import type { Bottle } from './bottle.js';

const HOSTS = [
  ...['checkpoint.prisma.io', 'scarf.sh', 'registry.npmjs.org', 'storybook.js.org'],
  ...['telemetry.nextjs.org', 'telemetry.astro.build'],
];
const folder = mkdtempSync(path.join(tmpdir(), 'egress-telemetry-'));
const pem = path.join(folder, 'world.pem');

beforeAll(() => {
  const names = HOSTS.map((host) => `DNS:${host}`).join(',');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-subj', '/CN=world', '-addext', `subjectAltName=${names}`, '-keyout', pem, '-out', `${pem}.crt`];
  execFileSync('openssl', [...request, ...files], { stdio: 'ignore' });
  execFileSync('sh', ['-c', `cat ${pem}.crt >> ${pem}`]);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Sender {
  /** Folder of `test` whose installation has it. */
  readonly from: 'telemetry' | 'frameworks';
  readonly prepare: (bottle: Bottle) => void;
  readonly command: readonly string[];
  /** Where it calls, and with what path. */
  readonly host: string;
  readonly path: RegExp;
  readonly package: string;
  readonly askedBy: string;
  readonly hint: string;
  /** File of the process that makes the call, where it is one of its own, detached from who started it. */
  readonly child?: string;
  readonly off: Readonly<Record<string, string>>;
  /** Other calls of the program, as rules of its policy. */
  readonly rules?: readonly string[];
}

const node = (text: string): Pick<Sender, 'prepare' | 'command'> => ({
  prepare: (bottle) => void bottle.write('send.mjs', text),
  command: [process.execPath, 'send.mjs'],
});
/** A project of test/frameworks. */
const project = (name: string, ...command: readonly string[]): Pick<Sender, 'prepare' | 'command'> => ({
  prepare: ({ workspace }) => {
    cpSync(path.resolve(import.meta.dirname, '../frameworks/projects', name), workspace.folder, { recursive: true });
  },
  command,
});

const SMALL: Readonly<Record<string, Sender>> = {
  'update-notifier': {
    ...{ from: 'telemetry', host: 'registry.npmjs.org', path: /^\/shop$/ },
    ...node(`import notifier from 'update-notifier';
notifier({ pkg: { name: 'shop', version: '1.0.0' }, updateCheckInterval: 0 });`),
    ...{ package: 'update-notifier', askedBy: 'the project itself', child: 'update-notifier/check.js' },
    hint: 'update-notifier, a look for a newer version: switch it off with NO_UPDATE_NOTIFIER=1',
    off: { NO_UPDATE_NOTIFIER: '1' },
  },
  'checkpoint-client, of Prisma': {
    ...{ from: 'telemetry', host: 'checkpoint.prisma.io', path: /./ },
    ...node(`import checkpoint from 'checkpoint-client';
await checkpoint.check({ product: 'prisma', version: '5.0.0', project_hash: 'a1b2', cli_path_hash: 'c3d4' });`),
    ...{ package: 'checkpoint-client', askedBy: 'the project itself', child: 'checkpoint-client/dist/child.js' },
    ...{ hint: 'Prisma version check: switch it off with CHECKPOINT_DISABLE=1', off: { CHECKPOINT_DISABLE: '1' } },
  },
  'scarf, while a package that uses it is installed': {
    ...{ from: 'telemetry', host: 'scarf.sh', path: /^\/package-event\/install$/ },
    prepare: (bottle) => {
      const shop = { name: 'shop', version: '1.0.0', dependencies: { widget: '1.0.0' } };
      const widget = { name: 'widget', version: '1.0.0', dependencies: { '@scarf/scarf': '*' } };
      bottle.write('package.json', JSON.stringify(shop));
      bottle.write('node_modules/widget/package.json', JSON.stringify(widget));
      const packages = { '': shop, 'node_modules/widget': widget, 'node_modules/@scarf/scarf': {} };
      bottle.write('package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
    },
    command: ['npm', 'rebuild', '@scarf/scarf', '--loglevel=error'],
    ...{ package: '@scarf/scarf', askedBy: 'widget 1.0.0' },
    ...{ hint: 'Scarf install analytics: switch it off with SCARF_ANALYTICS=false', off: { SCARF_ANALYTICS: 'false' } },
  },
};

const LARGE: Readonly<Record<string, Sender>> = {
  'next build': {
    ...{ from: 'frameworks', host: 'telemetry.nextjs.org', path: /^\/api\/v1\/record$/ },
    ...project('next', 'node_modules/.bin/next', 'build'),
    ...{ package: 'next', askedBy: 'the project itself' },
    ...{
      hint: 'Next.js telemetry: switch it off with NEXT_TELEMETRY_DISABLED=1',
      off: { NEXT_TELEMETRY_DISABLED: '1' },
    },
  },
  'next dev, which sends when it has ended': {
    ...{ from: 'frameworks', host: 'telemetry.nextjs.org', path: /^\/api\/v1\/record$/ },
    ...project('next', 'sh', '-c', 'node_modules/.bin/next dev -p 4200 & sleep 12; kill -INT $!; wait $!; exit 0'),
    ...{ package: 'next', askedBy: 'the project itself', child: 'next/dist/telemetry/detached-flush.js' },
    ...{
      hint: 'Next.js telemetry: switch it off with NEXT_TELEMETRY_DISABLED=1',
      off: { NEXT_TELEMETRY_DISABLED: '1' },
    },
    rules: ['{ id: version, to: registry.npmjs.org, package: [next], why: a look for a newer version }'],
  },
  'astro build': {
    ...{ from: 'frameworks', host: 'telemetry.astro.build', path: /./ },
    ...project('astro', 'node_modules/.bin/astro', 'build'),
    ...{ package: 'astro', askedBy: 'the project itself' },
    ...{
      hint: 'Astro telemetry: switch it off with ASTRO_TELEMETRY_DISABLED=1',
      off: { ASTRO_TELEMETRY_DISABLED: '1' },
    },
  },
  'storybook build': {
    ...{ from: 'frameworks', host: 'storybook.js.org', path: /^\/event-log/ },
    ...project('storybook', 'node_modules/.bin/storybook', 'build', '--quiet'),
    ...{ package: 'storybook', askedBy: 'the project itself' },
    ...{ hint: 'Storybook telemetry: switch it off with STORYBOOK_DISABLE_TELEMETRY=1' },
    off: { STORYBOOK_DISABLE_TELEMETRY: '1' },
  },
};

const installed = (from: Sender['from']): string => path.resolve(import.meta.dirname, '..', from);
const has = (from: Sender['from']): boolean => existsSync(path.join(installed(from), 'node_modules'));
if (!has('telemetry')) process.stderr.write('telemetry: skipped; npm ci --prefix test/telemetry --ignore-scripts\n');

/** A project of the sender's in a bottle of its own, with all that is installed. */
function prepared(sender: Sender, bottle: Bottle): void {
  const { workspace } = bottle;
  const from = installed(sender.from);
  // Hard links: bundlers refuse a link that leads out of the project.
  const copied = spawnSync('cp', ['-al', path.join(from, 'node_modules'), workspace.folder]).status;
  if (copied !== 0)
    cpSync(path.join(from, 'node_modules'), path.join(workspace.folder, 'node_modules'), { recursive: true });
  cpSync(path.join(from, 'package-lock.json'), path.join(workspace.folder, 'package-lock.json'));
  sender.prepare(bottle);
}

function expectNamed({ bottle, stderr, status, arrivals }: Attacked, sender: Sender): void {
  const sent = arrivals.filter(({ host, path: asked = '' }) => host === sender.host && sender.path.test(asked));
  expect(sent.length).toBeGreaterThan(0);
  const calls = bottle.calls(new RegExp(`^${sender.host}$`));
  expect(new Set(calls.map(({ row }) => row.package?.name))).toEqual(new Set([sender.package]));
  expect(stderr).toContain(`Hint      ${sender.hint}`);
  if (sender.child !== undefined) {
    const outermost = calls.map(({ site }) => site?.site.frames[0]?.[0]);
    expect(outermost).toContain(`node_modules/${sender.child}`);
  }
  const chain = stderr.split('\n').find((line) => line.includes(`Asked by  ${sender.askedBy}`));
  expect(chain).toContain(` → ${sender.package} `);
  expect(status).toBe(120);
}

function tried(name: string, sender: Sender, minutes?: number): void {
  const body = async (bottle: Make): Promise<void> => {
    const policy = `version: 1\nrules: [${(sender.rules ?? []).join(', ')}]\n`;
    const env = { NODE_EXTRA_CA_CERTS: `${pem}.crt`, WORLD_TLS: pem, UPSTREAM: 'http://127.0.0.1/' };
    const sending = bottle([]);
    prepared(sender, sending.bottle);
    const flags = ['--wait', '20'];
    const outcome = await sending.run({ command: sender.command, policy, env, flags });
    expectNamed(outcome, sender);
    const silent = bottle([]);
    prepared(sender, silent.bottle);
    const off = await silent.run({ command: sender.command, policy, env: { ...env, ...sender.off }, flags });
    expect(off.arrivals.filter(({ host }) => host === sender.host)).toEqual([]);
    expect(off.stderr).toContain('ALL CLEAR');
    expect(off.status).toBe(0);
  };
  attack(name, body, minutes);
}

describe.skipIf(!has('telemetry'))('small packages', () => {
  for (const [name, sender] of Object.entries(SMALL)) tried(name, sender);
});

describe.skipIf(!has('frameworks') || process.env['SLOW'] === undefined)('frameworks', () => {
  for (const [name, sender] of Object.entries(LARGE)) tried(name, sender, 5);
});
