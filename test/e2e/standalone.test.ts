/** The verifier by itself says what `egress verify` says, on plain Node.js with nothing installed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeBundle } from '../../src/bundle/write-bundle.js';
import { signerFromSeed } from '../../src/keys/signer.js';
import { verifierKey } from '../../src/keys/verifier-key.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { ForgedJournal } from '../unit/audit/forged-journal.js';
import { recordRun, siteRecord, writerOptions } from '../unit/journal/scratch-journal.js';
import { nodeVersions } from '../fixtures/node-versions.js';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'egress-standalone-'));
// Alone in a folder: an import of a package would not be found.
const verifier = path.join(folder, 'egress-verify.mjs');
cpSync(path.join(root, 'dist/egress-verify.mjs'), verifier);
const good = path.join(folder, 'good');
cpSync(path.join(root, 'test/fixtures/example-journal'), good, { recursive: true });
const { key } = JSON.parse(readFileSync(path.join(good, 'journal.json'), 'utf8')) as { key: string };
const { origin } = JSON.parse(readFileSync(path.join(good, 'journal.json'), 'utf8')) as { origin: string };
const otherKey = verifierKey(origin, signerFromSeed(new Uint8Array(32).fill(7)).publicKey).text;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(script: string, args: readonly string[], node = process.execPath) {
  const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(node, [script, ...args], { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A copy of the good journal that `change` has had its hands on. */
function changed(name: string, change: (segment: (number: number) => string, journal: string) => void): string {
  const journal = path.join(folder, name);
  cpSync(good, journal, { recursive: true });
  change((number) => path.join(journal, 'segments', `${String(number).padStart(8, '0')}.jsonl`), journal);
  return journal;
}

/** @param edit of the segment's text */
function edited(name: string, number: number, edit: (text: string) => string): string {
  return changed(name, (segment) => {
    const text = readFileSync(segment(number), 'utf8');
    rmSync(segment(number));
    writeFileSync(segment(number), edit(text));
  });
}

/** A proof of record 8, and one that was changed. */
const proof = path.join(folder, 'record.tlog-proof');
const made = spawnSync(process.execPath, [path.join(root, 'bin/run.js'), 'prove', '8', good, '--out', proof], {
  env: { PATH: process.env['PATH'], HOME: folder },
});
if (made.status !== 0) throw new Error('no proof was made');
const changedProof = path.join(folder, 'changed.tlog-proof');
writeFileSync(changedProof, readFileSync(proof, 'utf8').replace('index 7', 'index 8'));

/** A journal of an interrupted run with a torn end, and of one after it. */
function interrupted(): string {
  const options = writerOptions(path.join(folder, 'crashed'));
  const writer = JournalWriter.open({ ...options, lock: () => ({ release: () => undefined }) });
  writer.beginRun();
  writer.append(siteRecord(1));
  writer.flush();
  appendFileSync(path.join(options.directory, 'segments/00000001.jsonl'), '{"seq":5,"prev":"00');
  recordRun(options, 2);
  return options.directory;
}

/** A journal whose first segment a vacuum has removed. */
function vacuumed(): string {
  const journal = new ForgedJournal(path.join(folder, 'vacuumed'))
    .epoch(1, 'genesis')
    .begin()
    .seal('segment_full')
    .head();
  const receipt = journal.receipt();
  journal
    .begin()
    .add('vacuum', { vacuum: receipt, by: { uid: 1_000 } })
    .seal('vacuum')
    .head()
    .close();
  rmSync(path.join(journal.directory, 'segments/00000001.jsonl'));
  return journal.directory;
}

const keyOf = (journal: string): string =>
  (JSON.parse(readFileSync(path.join(journal, 'journal.json'), 'utf8')) as { key: string }).key;
const [crashedJournal, vacuumedJournal] = [interrupted(), vacuumed()];

const corpus: readonly [name: string, journal: string, args: readonly string[], status: number][] = [
  ['good, with its head', good, ['--key', key, '--expect-head', path.join(good, 'checkpoint')], 0],
  ['good, without a head', good, ['--key', key], 0],
  ['good, strictly', good, ['--key', key, '--strict'], 1],
  ['good, as JSON', good, ['--key', key, '--json'], 0],
  ['no key', good, [], 3],
  ['a record’s proof', proof, ['--key', key, '--expect-head', path.join(good, 'checkpoint')], 0],
  ['a changed proof', changedProof, ['--key', key], 1],
  ['an interrupted run, and one after it', crashedJournal, ['--key', keyOf(crashedJournal)], 0],
  ['what a vacuum left', vacuumedJournal, ['--key', keyOf(vacuumedJournal)], 0],
  ['what a vacuum left, strictly', vacuumedJournal, ['--key', keyOf(vacuumedJournal), '--strict'], 1],
  ['another key', good, ['--key', otherKey], 1],
  ['no journal', path.join(folder, 'nowhere'), ['--key', key], 3],
  ['an altered line', edited('altered', 1, (text) => text.replace('48190', '48191')), ['--key', key], 1],
  ['a line less', edited('shorter', 1, (text) => text.replace(/\n[^\n]*\n/, '\n')), ['--key', key], 1],
  [
    'bytes behind the last seal',
    changed('torn', (segment) => {
      appendFileSync(segment(2), '{"seq":24,');
    }),
    ['--key', key],
    1,
  ],
  [
    'a cut end',
    changed('cut', (segment) => {
      truncateSync(segment(2), 900);
    }),
    ['--key', key],
    1,
  ],
  [
    'a segment less',
    changed('gone', (segment) => {
      rmSync(segment(1));
    }),
    ['--key', key],
    1,
  ],
  [
    'a head less',
    changed('headless', (_, journal) => {
      rmSync(path.join(journal, 'heads/12'));
    }),
    ['--key', key],
    1,
  ],
  [
    'a damaged name',
    changed('named', (_, journal) => {
      rmSync(path.join(journal, 'journal.json'));
      writeFileSync(path.join(journal, 'journal.json'), '{}');
    }),
    ['--key', key],
    1,
  ],
];

/** Lines that say the verdict, its limits, and what it does not show. */
const answer = (text: string): string[] => text.split('\n').filter((line) => /^[✓!✗?] |^ {2}[!–] /.test(line));

it.each(corpus)('says word for word what egress verify says: %s', async (name, journal, args, status) => {
  const own = run(verifier, [journal, ...args]);
  const command = run(path.join(root, 'bin/run.js'), ['verify', journal, ...args]);
  expect(own).toEqual(command);
  expect(own.status).toBe(status);
  if (statSync(journal, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  // A bundle of it has the journal's verdict, in the same words.
  const bundle = path.join(folder, `${name.replace(/\W+/g, '-')}.tar.gz`);
  await writeBundle({
    ...{ directory: journal, target: bundle, wanted: undefined, key: undefined, keyBase: folder },
    policies: {},
  });
  const ofBundle = run(verifier, [bundle, ...args]);
  expect(ofBundle).toEqual(run(path.join(root, 'bin/run.js'), ['verify', bundle, ...args]));
  expect(ofBundle.status).toBe(status);
  expect(readdirSync(os.tmpdir()).filter((file) => file.startsWith('egress-bundle-'))).toEqual([]);
  if (args.includes('--json')) return;
  const unsigned = '  – that the report in the bundle is right: it is the sender’s, and not signed';
  expect(answer(ofBundle.stdout)).toEqual([...answer(own.stdout), ...(status === 3 ? [] : [unsigned])]);
});

it('says the same of a part, and of one that was changed', () => {
  const part = path.join(folder, 'part');
  run(path.join(root, 'bin/run.js'), ['export', '--bundle', part, good, '--seq', '8']);
  const both = (args: readonly string[]): number | null => {
    const own = run(verifier, args);
    expect(own).toEqual(run(path.join(root, 'bin/run.js'), ['verify', ...args]));
    return own.status;
  };
  expect(both([part, '--key', key])).toBe(0);
  expect(both([part, '--key', key, '--json'])).toBe(0);
  expect(both([part])).toBe(3);
  expect(both([part, '--key', otherKey])).toBe(1);
  const records = path.join(part, 'part/records.jsonl');
  writeFileSync(records, readFileSync(records, 'utf8').replace('api.stripe', 'api.strife'));
  expect(both([part, '--key', key])).toBe(1);
});

it('is built to the same bytes from a copy of the sources elsewhere', () => {
  const copy = path.join(folder, 'sources');
  for (const name of [
    'src',
    'package.json',
    'tsconfig.json',
    'node_modules/@noble/ed25519',
    'node_modules/jsonl-parse-stringify',
  ]) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, dereference: true });
  }
  const script = path.join(root, 'scripts/build-verifier.mjs');
  const env = { PATH: process.env['PATH'], TZ: 'Asia/Tokyo', LANG: 'C' };
  const out = path.join(folder, 'again/egress-verify.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, copy, out], { cwd: folder, env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readFileSync(out).equals(readFileSync(path.join(root, 'dist/egress-verify.mjs')))).toBe(true);
  expect(readFileSync(`${out}.sha256`, 'utf8')).toBe(
    readFileSync(path.join(root, 'dist/egress-verify.mjs.sha256'), 'utf8'),
  );
});

it.each(nodeVersions)('runs on %s', (node) => {
  const result = run(verifier, [good, '--key', key], node);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result.stdout).toContain('VERIFIED, WITH A LIMIT   23 records');
});

it('explains wrong usage, a bad key and a bad head', () => {
  expect(run(verifier, [])).toMatchObject({ status: 2, stdout: '' });
  expect(run(verifier, [good, '--kye', key]).stderr).toContain('--kye');
  expect(run(verifier, [good, '--key', 'nowhere.pub'])).toMatchObject({ status: 3 });
  const { status, stderr } = run(verifier, [path.join(root, 'package.json'), '--key', key]);
  expect(status).toBe(3);
  expect(stderr).toMatch(/\(PROOF_INVALID\)\n {2}egress verify takes .*\n {2}A head goes with --expect-head\.\n$/);
  expect(run(verifier, ['--help']).stdout).toContain('--expect-head');
});

it('needs no package, and its digest is published beside it', () => {
  const text = readFileSync(verifier);
  const specifiers = [...text.toString('utf8').matchAll(/^import .* from "(.*)";$/gm)].map(([, name]) => name);
  expect(specifiers.length).toBeGreaterThan(0);
  for (const name of specifiers) expect(name).toMatch(/^node:(crypto|fs|path|util|os|zlib|url)$/);
  const digest = createHash('sha256').update(text).digest('hex');
  expect(readFileSync(path.join(root, 'dist/egress-verify.mjs.sha256'), 'utf8')).toBe(`${digest}  egress-verify.mjs\n`);
});

it('takes a head that is none for wrong usage', () => {
  expect(run(verifier, [good, '--key', key, '--expect-head', 'bad'])).toMatchObject({ status: 2, stdout: '' });
});
