import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { bodyLayout, findBody } from '../../../src/custody/body-record.js';
import { acceptGrant, draftGrant } from '../../../src/custody/grant.js';
import { checkIntent } from '../../../src/custody/intent-proof.js';
import { openBody } from '../../../src/custody/opened-body.js';
import { releaseBody } from '../../../src/custody/release.js';
import { fileSystem } from '../../../src/keys/file-system.js';
import { hand } from '../journal/vacuumed-journal.js';
import { FaultyFileSystem } from '../journal/faulty-file-system.js';
import { recordRun, scratchFolder } from '../journal/scratch-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { verifyFolder } from '../audit/verify-folder.js';
import { placeOf, scratchKeyring } from './scratch-officers.js';
import { journalWithBody, SECRET, storeBody, UNTIL, type JournalWithBodies } from './stored-body.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

const why = 'incident 42';
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const fileOf = ({ task, body }: JournalWithBodies): string => {
  const { segment, outer } = findBody(task.layout, body);
  return bodyLayout(task.layout).body(segment, outer);
};

async function kinds({ options }: JournalWithBodies): Promise<Readonly<Record<string, number>>> {
  const result = await verifyByBoth(options.directory);
  expect(result.findings).toEqual([]);
  return result.kinds;
}

describe('a reading', () => {
  it('gives the plaintext after the intent stands, proven, in the journal', async () => {
    const journal = await journalWithBody(scratchFolder());
    const released = await releaseBody(journal.request(), journal.task);
    expect(released.inner.includes(0) && text(released.inner).includes('4111')).toBe(false);
    expect((await kinds(journal))['body.read.intent']).toBe(1);
    const opened = await openBody(released, journal.alice, journal.task);
    expect(text(opened.bytes)).toBe(SECRET);
    expect(opened.intent).toMatchObject({ seq: released.intent, body: journal.body });
    const outcome = { intent: released.intent, outcome: 'opened' } as const;
    await hand(journal.options, journal.sign('body.read.outcome', outcome));
    expect(await kinds(journal)).toMatchObject({ 'body.stored': 1, 'body.read.outcome': 1 });
  });

  it('needs a request of its own each time', async () => {
    const journal = await journalWithBody(scratchFolder());
    const request = journal.request();
    await releaseBody(request, journal.task);
    await expect(releaseBody(request, journal.task)).rejects.toThrow('taken already');
  });

  it('opens nothing without the proof, with somebody else’s, or with another body', async () => {
    const journal = await journalWithBody(scratchFolder());
    const other = await storeBody(journal.options, 'another body');
    const bob = await scratchKeyring('bob');
    await hand(journal.options, journal.sign('officer.add', { officer: bob.card.line, why }));
    const first = await releaseBody(journal.request(), journal.task);
    const second = await releaseBody(journal.request(bob, { body: other.seq, inner: other.inner }), journal.task);
    const { alice, task } = journal;
    await expect(openBody({ ...first, proof: new Uint8Array() }, alice, task)).rejects.toThrow('no proof');
    const forged = Buffer.from(first.proof);
    forged[forged.length - 20] = (forged[forged.length - 20] ?? 0) ^ 1;
    await expect(openBody({ ...first, proof: forged }, alice, task)).rejects.toMatchObject({ code: 'PROOF_INVALID' });
    await expect(openBody({ ...first, proof: second.proof }, alice, task)).rejects.toThrow('somebody else’s');
    await expect(openBody({ ...first, inner: second.inner }, alice, task)).rejects.toThrow('not the body');
    await expect(openBody(second, bob, task)).rejects.toMatchObject({ code: 'BODY_SEALED' });
  });

  it.each([
    [
      'changed',
      (file: string): void => {
        writeOver(file, Buffer.concat([readFileSync(file), Buffer.of(0)]));
      },
      'BODY_CHANGED',
    ],
    [
      'gone',
      (file: string): void => {
        rmSync(file);
      },
      'BODY_MISSING',
    ],
    [
      'without its key',
      (file: string): void => {
        removeKeys(path.dirname(file));
      },
      'BODY_MISSING',
    ],
  ])('of a body that is %s is refused before it is journaled', async (_name, harm, code) => {
    const journal = await journalWithBody(scratchFolder());
    harm(fileOf(journal));
    await expect(releaseBody(journal.request(), journal.task)).rejects.toMatchObject({ code });
    expect((await verifyFolder(journal.options.directory)).kinds['body.read.intent']).toBeUndefined();
  });

  it('of a body that was swapped for another is refused', async () => {
    const journal = await journalWithBody(scratchFolder());
    const file = fileOf(journal);
    const other = await storeBody(journal.options, 'another body');
    const swapped = findBody(journal.task.layout, other.seq);
    renameSync(bodyLayout(journal.task.layout).body(swapped.segment, swapped.outer), `${file}.new`);
    renameSync(`${file}.new`, file);
    await expect(releaseBody(journal.request(), journal.task)).rejects.toMatchObject({ code: 'BODY_CHANGED' });
    const wrong = journal.request(journal.alice, { inner: other.inner });
    await expect(releaseBody(wrong, journal.task)).rejects.toThrow('another body');
  });

  it('is refused to who is no officer any more', async () => {
    const journal = await journalWithBody(scratchFolder());
    const bob = await scratchKeyring('bob');
    await hand(journal.options, journal.sign('officer.add', { officer: bob.card.line, why }));
    const request = journal.request(bob);
    await hand(journal.options, journal.sign('officer.revoke', { key: bob.card.key.text, why }, bob));
    await expect(releaseBody(request, journal.task)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
  });

  it('cannot be had by officers or custodian alone', async () => {
    const journal = await journalWithBody(scratchFolder());
    rmSync(path.join(journal.task.keys, 'custodian.key'));
    await expect(releaseBody(journal.request(), journal.task)).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });
});

describe('when the journal cannot take the intent, nothing is given out', () => {
  const refuse = async (journal: JournalWithBodies, task = journal.task): Promise<void> => {
    let stripped = false;
    const attempt = releaseBody(journal.request(), task).then(() => {
      stripped = true;
    });
    await expect(attempt).rejects.toThrow();
    expect(stripped).toBe(false);
  };

  it.each(['writeSync', 'fsyncSync', 'fdatasyncSync', 'renameSync', 'openSync'] as const)('%s fails', async (call) => {
    const journal = await journalWithBody(scratchFolder());
    const full = (): never => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const options = { ...journal.options, fs: { ...fileSystem, [call]: full } };
    await refuse(journal, { ...journal.task, handIn: (statement) => hand(options, statement) });
    // What was written but not synced may stand there, under no head.
    const { findings } = await verifyFolder(journal.options.directory);
    expect(findings).toEqual([]);
  });

  it('the process is killed at any step of writing it', async () => {
    const journal = await journalWithBody(scratchFolder());
    let refusals = 0;
    for (const name of ['writeSync', 'fdatasyncSync', 'fsyncSync', 'renameSync', 'openSync'] as const) {
      for (const nth of [1, 2, 4, 7, 11]) {
        const { fs } = new FaultyFileSystem({ name, nth }, 'crash');
        const handIn: typeof journal.task.handIn = (statement) => hand({ ...journal.options, fs }, statement);
        const released = await releaseBody(journal.request(), { ...journal.task, handIn }).catch(() => undefined);
        // What comes out comes with the proof: the kill came after the intent was signed.
        if (released === undefined) refusals += 1;
        else expect(checkIntent(released.proof, journal.task).seq).toBe(released.intent);
      }
    }
    expect(refusals).toBeGreaterThan(5);
    expect((await verifyFolder(journal.options.directory)).findings).toEqual([]);
  });

  it('the writer says that it stands, and it does not', async () => {
    const journal = await journalWithBody(scratchFolder());
    const liar = { seq: journal.body, head: { origin: '', size: 1, root: '' } };
    await refuse(journal, { ...journal.task, handIn: () => Promise.resolve(liar) });
  });

  it('its signed end was cut off', async () => {
    const journal = await journalWithBody(scratchFolder());
    const { directory } = journal.options;
    const segment = path.join(directory, 'segments', readdirSync(path.join(directory, 'segments')).at(-1) ?? '');
    const handIn: typeof journal.task.handIn = async (statement) => {
      const declared = await hand(journal.options, statement);
      // As if what was synced had not reached the disk.
      const newest = path.join(directory, 'segments', readdirSync(path.join(directory, 'segments')).at(-1) ?? '');
      expect(newest).not.toBe(segment);
      writeOver(newest, readFileSync(newest).subarray(0, 300));
      return declared;
    };
    await refuse(journal, { ...journal.task, handIn });
  });

  it('the journal was restored from a backup, and the request names a head that is not in it', async () => {
    const folder = scratchFolder();
    const journal = await journalWithBody(folder);
    cpSync(path.join(folder, 'journal'), path.join(folder, 'backup'), { recursive: true });
    cpSync(path.join(folder, 'keys'), path.join(folder, 'keys-backup'), { recursive: true });
    recordRun(journal.options, 2);
    const request = journal.request();
    for (const [name, backup] of [
      ['journal', 'backup'],
      ['keys', 'keys-backup'],
    ] as const) {
      rmSync(path.join(folder, name), { recursive: true });
      cpSync(path.join(folder, backup), path.join(folder, name), { recursive: true });
    }
    await expect(releaseBody(request, journal.task)).rejects.toThrow('a head that is not in this journal');
  });
});

describe('a grant', () => {
  it('lets one reader read one body, each time through the custodian, until it ends', async () => {
    const journal = await journalWithBody(scratchFolder());
    const [reader, stranger] = await Promise.all([scratchKeyring('reader'), scratchKeyring('stranger')]);
    const opened = await openBody(await releaseBody(journal.request(), journal.task), journal.alice, journal.task);
    const terms = { reader: reader.card, until: UNTIL, why };
    const grant = await draftGrant(opened, terms, journal.alice, placeOf(journal.options));
    const { seq } = await acceptGrant(grant, journal.task);
    const { inner } = findBody(journal.task.layout, seq);

    const released = await releaseBody(journal.request(reader, { body: seq, inner }), journal.task);
    expect(text((await openBody(released, reader, journal.task)).bytes)).toBe(SECRET);
    await expect(releaseBody(journal.request(reader), journal.task)).rejects.toThrow('only an officer reads');
    const byStranger = journal.request(stranger, { body: seq, inner });
    await expect(releaseBody(byStranger, journal.task)).rejects.toThrow('no officer');
    await hand(journal.options, journal.sign('grant.revoke', { grant: seq, why }));
    const late = journal.request(reader, { body: seq, inner });
    await expect(releaseBody(late, journal.task)).rejects.toThrow('no officer');
    expect(await kinds(journal)).toMatchObject({ 'grant.add': 1, 'grant.revoke': 1, 'body.read.intent': 2 });
  });

  it('ends by the latest time that the journal knows, though the clock is set back', async () => {
    const journal = await journalWithBody(scratchFolder());
    const reader = await scratchKeyring('reader');
    const opened = await openBody(await releaseBody(journal.request(), journal.task), journal.alice, journal.task);
    const terms = { reader: reader.card, until: '2026-10-20T18:00:00.000000Z', why };
    const grant = await draftGrant(opened, terms, journal.alice, placeOf(journal.options));
    const { seq } = await acceptGrant(grant, journal.task);
    const { inner } = findBody(journal.task.layout, seq);
    recordRun({ ...journal.options, now: () => journal.options.now() + 7 * 3_600_000_000 }, 1);
    const request = journal.request(reader, { body: seq, inner });
    await expect(releaseBody(request, journal.task)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
  });

  it('keeps the copy where nobody knows whether the journal took it', async () => {
    const journal = await journalWithBody(scratchFolder());
    const reader = await scratchKeyring('reader');
    const opened = await openBody(await releaseBody(journal.request(), journal.task), journal.alice, journal.task);
    const grant = await draftGrant(
      opened,
      { reader: reader.card, until: UNTIL, why },
      journal.alice,
      placeOf(journal.options),
    );
    // The recorder wrote it down, and was killed before it could say so.
    const handIn: typeof journal.task.handIn = async (statement) => {
      await hand(journal.options, statement);
      throw new EgressError('CONTROL_FAILED', 'no answer');
    };
    await expect(acceptGrant(grant, { ...journal.task, handIn })).rejects.toThrow('no answer');
    expect(await kinds(journal)).toMatchObject({ 'grant.add': 1 });
  });

  it('leaves no copy behind if the journal refuses it', async () => {
    const journal = await journalWithBody(scratchFolder());
    const [reader, mallory] = await Promise.all([scratchKeyring('reader'), scratchKeyring('mallory')]);
    const opened = await openBody(await releaseBody(journal.request(), journal.task), journal.alice, journal.task);
    const folder = path.dirname(fileOf(journal));
    const before = readdirSync(folder);
    const terms = { reader: reader.card, until: UNTIL, why };
    const forged = await draftGrant(opened, terms, mallory, placeOf(journal.options));
    await expect(acceptGrant(forged, journal.task)).rejects.toThrow('no officer');
    const swapped = await draftGrant(opened, terms, journal.alice, placeOf(journal.options));
    await expect(acceptGrant({ ...swapped, copy: forged.copy }, journal.task)).rejects.toThrow('not the one');
    expect(readdirSync(folder)).toEqual(before);
  });
});

function writeOver(file: string, bytes: Uint8Array): void {
  rmSync(file);
  writeFileSync(file, bytes);
}

function removeKeys(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith('.key')) rmSync(path.join(folder, name));
}
