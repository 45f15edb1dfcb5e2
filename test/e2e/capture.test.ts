/** From an officer's order to the bytes on the screen, with the commands alone; the program runs all the while. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, afterAll, expect, test } from 'vitest';
import type { StoredBody } from '../../src/event/officer-record.js';
import type { NetRecord } from '../../src/event/net-record.js';
import { fileSystem } from '../../src/keys/file-system.js';
import { createKeyring } from '../../src/officers/keyring.js';
import { Workspace } from '../fixtures/recorded-run.js';

const fixture = (name: string): string => path.resolve(import.meta.dirname, '../fixtures', name);

let workspace: Workspace;
beforeAll(async () => {
  workspace = new Workspace();
  writeFileSync(path.join(workspace.folder, 'passphrase'), 'correct horse\n');
  const file = path.join(workspace.folder, 'alice.keys');
  // Opens fast; `officer init` is tested where somebody types.
  await createKeyring(fileSystem, { file, name: 'alice', passphrase: 'correct horse', workFactor: 10 });
  await succeed(['init', workspace.journal, '--officer', 'alice.keys.card', '--yes', '--no-policy']);
});
afterAll(() => {
  workspace.remove();
});

async function succeed(args: readonly string[], temporary = tmpdir()): Promise<string> {
  const { status, stdout, stderr } = await workspace.egress(args, {
    env: { EGRESS_PASSPHRASE_FILE: path.join(workspace.folder, 'passphrase'), TMPDIR: temporary },
  });
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

const escaped = (text: string): string => text.replace(/[{}.]/g, '\\$&');

type Stored = { readonly seq: number; readonly body: StoredBody };

/** Bodies of the path, by part. */
function stored(urlPath: string): Stored[] {
  const rows = new Map(workspace.recordsOf('net').map((row) => [row.seq, row as NetRecord]));
  return workspace.recordsOf('body.stored').filter(({ body }) => rows.get(body.net)?.url?.path === urlPath);
}

test('enable, run, list, read: the same bytes; what nobody ordered was not kept', async () => {
  const told = path.join(workspace.folder, 'told');
  const running = workspace.start(['run', '--kernel=off', '--', 'node', fixture('run/talks.mjs'), told]);
  await running.said('ready');
  const why = ['--why', 'incident 42'];
  await succeed(['forensics', 'enable', '--until', '1h', ...why, '--keyring', 'alice.keys']);
  writeFileSync(told, 'second');
  await running.said('second done');
  // What waits to be sealed when capture is switched off is not stored: both ends told of request and answer.
  while (stored('/second').length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  await succeed(['forensics', 'disable', ...why, '--keyring', 'alice.keys']);
  writeFileSync(told, 'third');
  const { status, stdout } = await running.ended;
  expect(status).toBe(0);
  expect(stdout).toBe('ready\nsecond done\nthird done\n');

  expect([stored('/first'), stored('/third')]).toEqual([[], []]);
  const [request, answer] = stored('/second');
  expect(workspace.gaps()).toEqual([]);
  const list = await succeed(['forensics', 'list']);
  for (const body of [request, answer]) expect(list).toContain(`#${body?.seq}`);

  for (const [body, text] of [
    [request, 'second: what was said'],
    [answer, 'HEARD second: what was said'],
  ] as const) {
    const read = ['forensics', 'read', String(body?.seq), ...why, '--keyring', 'alice.keys'];
    expect(await succeed(read)).toBe(text);
  }
  expect(workspace.recordsOf('body.read.intent')).toHaveLength(2);
  expect(await succeed(['verify'])).toContain('VERIFIED');
}, 60_000);

test('fingerprint: whether a file was sent, asked by the custodian alone, and recorded before it is answered', async () => {
  const [call] = workspace.calls('/third') as (NetRecord & { readonly seq: number })[];
  const seq = String(call?.seq);
  writeFileSync(path.join(workspace.folder, 'sent'), 'third: what was said');
  writeFileSync(path.join(workspace.folder, 'other'), 'third: what was never said');
  const ask = (file: string, env = {}): ReturnType<Workspace['egress']> =>
    workspace.egress(['fingerprint', seq, file, '--why', 'was it sent?'], { env });
  expect(await ask('sent')).toMatchObject({ status: 0, stdout: expect.stringContaining('✓ SAME') as string });
  expect(await ask('other')).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ NOT THE SAME') as string });
  const asked = workspace.recordsOf('fingerprint').map(({ fingerprint }) => fingerprint);
  expect(asked.map(({ net, matches }) => [net, matches])).toEqual([
    [call?.seq, true],
    [call?.seq, false],
  ]);

  const elsewhere = await ask('sent', { EGRESS_KEYS: path.join(workspace.folder, 'no-keys') });
  expect([elsewhere.status, elsewhere.stdout]).toEqual([3, '']);
  expect(elsewhere.stderr).toContain('(KEY_MISSING)');
  const noCall = await workspace.egress(['fingerprint', '1', 'sent', '--why', 'x']);
  expect([noCall.status, noCall.stderr]).toEqual([1, expect.stringContaining('has no fingerprint of a body')]);
  const noReason = await workspace.egress(['fingerprint', seq, 'sent']);
  expect([noReason.status, noReason.stdout]).toEqual([2, '']);
  expect(workspace.recordsOf('fingerprint')).toHaveLength(2);
  expect(await succeed(['verify'])).toContain('VERIFIED');
}, 60_000);

test('what is under way when capture is switched off is not stored after it', async () => {
  const loop = ['node', fixture('hooks/body-loop.mjs'), '600', '20000', '5'];
  const running = workspace.start(['run', '--kernel=off', '--', ...loop]);
  const count = (): number => workspace.recordsOf('body.stored').length;
  const before = count();
  await succeed(['forensics', 'enable', '--until', '1h', '--why', 'loop', '--keyring', 'alice.keys']);
  while (count() < before + 10) await new Promise((resolve) => setTimeout(resolve, 20));
  await succeed(['forensics', 'disable', '--why', 'loop', '--keyring', 'alice.keys']);
  running.child.kill('SIGTERM');
  await running.ended;
  const off = workspace.recordsOf('forensics.disable').at(-1)?.seq ?? 0;
  expect(workspace.recordsOf('body.stored').filter(({ seq }) => seq > off)).toEqual([]);
  expect(await succeed(['verify'])).toContain('VERIFIED');
}, 60_000);

test('capture that is on when a run begins takes the first call in, and nothing of it is in journal, logs or temp', async () => {
  const temporary = path.join(workspace.folder, 'temporary');
  mkdirSync(temporary);
  await succeed(['forensics', 'enable', '--until', '1h', '--why', 'secrets', '--keyring', 'alice.keys']);
  const outcome = await workspace.egress(['run', '--', 'node', fixture('run/secrets.mjs')], {
    env: { TMPDIR: temporary },
  });
  expect(outcome.status).toBe(0);
  const read = (body: Stored | undefined): Promise<string> =>
    succeed(['forensics', 'read', String(body?.seq), '--why', 'test', '--keyring', 'alice.keys'], temporary);
  const plain = async (urlPath: string): Promise<string[]> => {
    const texts: string[] = [];
    for (const body of stored(urlPath).slice(-2)) texts.push(await read(body));
    return texts.sort();
  };
  // The client's row comes after the server's, and both have the same bodies.
  expect(await plain('/marked')).toEqual(['marker-answer-1', 'marker-body-1']);
  expect(await plain('/h2')).toEqual(['marker-answer-h2', 'marker-body-h2']);
  const client = '{"at":0,"from":"client","type":"text","text":"marker-body-ws","compressed":true}\n';
  const closing = '"type":"close","code":4000,"text":"marker-answer-ws"}\n';
  expect(stored('/ws').map(({ body }) => body.truncated)).toEqual([false, false, false, false]);
  expect(await plain('/ws')).toEqual([
    expect.stringMatching(new RegExp(`^${escaped(client)}\\{"at":\\d+,"from":"client",${escaped(closing)}$`)),
    `{"at":0,"from":"server",${closing}`,
  ]);

  // Whose messages are in which is told wherever bodies are.
  const [first] = stored('/ws');
  for (const args of [['forensics', 'list'], ['log'], ['report', '--plain']])
    for (const words of ['client messages', 'server messages']) expect(await succeed(args)).toContain(words);
  expect(await succeed(['show', String(first?.seq)])).toMatch(
    new RegExp(`^#${first?.seq} (client|server) messages of #`),
  );
  const { bodies } = JSON.parse(await succeed(['forensics', 'list', '--json'])) as {
    bodies: { protocol?: string; from: string }[];
  };
  const ends = bodies.filter(({ protocol }) => protocol === 'websocket').map(({ from }) => from);
  expect(ends.sort()).toEqual(['client', 'client', 'server', 'server']);

  // Journal, keys, keyrings, temporary files: all that egress may write to.
  const everything = readdirSync(workspace.folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'));
  const written = [...everything, outcome.stderr, outcome.stdout].join('\n');
  for (const kind of ['header', 'query', 'body', 'message', 'answer']) {
    expect(written).not.toContain(`marker-${kind}`);
    expect(written).not.toContain(Buffer.from(`marker-${kind}`).toString('base64').slice(0, -3));
  }
  expect([written.includes('/files/'), written.includes('markerPath')]).toEqual([true, false]);
  // What has to be recorded shows: docs/THREAT_MODEL.md lists it.
  expect(written).toContain('marker-label');
}, 60_000);
