import { cpSync, existsSync, linkSync, type PathLike, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bodyLayout, findBody, readBody } from '../../../src/custody/body-record.js';
import { acceptGrant, draftGrant } from '../../../src/custody/grant.js';
import { openBody } from '../../../src/custody/opened-body.js';
import { releaseBody } from '../../../src/custody/release.js';
import { recordRun, scratchFolder } from '../journal/scratch-journal.js';
import { maxSize, segmentsOf, vacuum } from '../journal/vacuumed-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from '../audit/verify-folder.js';
import { placeOf, scratchKeyring } from './scratch-officers.js';
import { journalWithBody, storeBody, UNTIL } from './stored-body.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

describe('a vacuum', () => {
  it('destroys the keys of the bodies in its segments, so that no copy of them opens', async () => {
    const journal = await journalWithBody(scratchFolder());
    const { options, task } = journal;
    const { segment } = findBody(task.layout, journal.body);
    const folder = bodyLayout(task.layout).segment(segment);
    const copy = path.join(scratchFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const keyName = readdirSync(folder).find((name) => name.endsWith('.key')) ?? '';
    recordRun(options, 1);
    const later = await storeBody(options, 'of a later segment');
    const { declared } = await vacuum(options, maxSize(1));
    expect(existsSync(folder)).toBe(false);
    const segments = readdirSync(path.join(options.directory, 'segments')).map((name) =>
      readFileSync(path.join(options.directory, 'segments', name), 'utf8'),
    );
    const receipt = segments
      .join('')
      .split('\n')
      .find((line) => line.startsWith(`{"seq":${declared?.seq ?? 0},`));
    expect(JSON.parse(receipt ?? '{}')).toMatchObject({ vacuum: { bodies: { keys: 1, files: 1 } } });
    const { findings, limits } = await verifyByBoth(options.directory);
    expect(findings).toEqual([]);
    expect(codesOf(limits)).toContain('VACUUMED');
    // The copy of the body is back, its key is not.
    cpSync(copy, folder, { recursive: true });
    renameSync(path.join(folder, keyName), path.join(copy, 'key'));
    const again = journal.request();
    await expect(releaseBody(again, task)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
    const kept = journal.request(journal.alice, { body: later.seq, inner: later.inner });
    await expect(releaseBody(kept, task)).resolves.toMatchObject({ intent: expect.any(Number) as number });
  });

  it('takes a reader’s copy with the body that it is of, though its record stays', async () => {
    const journal = await journalWithBody(scratchFolder());
    const { options, task, alice } = journal;
    const reader = await scratchKeyring('reader');
    const opened = await openBody(await releaseBody(journal.request(), task), alice, task);
    const terms = { reader: reader.card, until: UNTIL, why: 'review' };
    const { seq } = await acceptGrant(await draftGrant(opened, terms, alice, placeOf(options)), task);
    await storeBody(options, 'of a later segment');
    // What is left is the segment of the grant, and the one behind it.
    const left = segmentsOf(options)
      .slice(-2)
      .map((segment) => statSync(task.layout.segment(segment)).size);
    await vacuum(options, maxSize(left.reduce((sum, size) => sum + size, 0)));
    expect(findBody(task.layout, seq).view.kind).toBe('grant.add');
    expect(() => readBody(task.fs, task.layout, findBody(task.layout, seq))).toThrow('cannot be opened');
    const { findings, limits } = await verifyByBoth(options.directory);
    expect(findings).toEqual([]);
    expect(codesOf(limits)).toEqual(expect.arrayContaining(['VACUUMED', 'BODIES_NOT_CHECKED']));
  });

  it('destroys keys before bodies, and one that fails in between is finished by the next', async () => {
    const journal = await journalWithBody(scratchFolder());
    const { options, task } = journal;
    const { segment } = findBody(task.layout, journal.body);
    recordRun(options, 1);
    const folder = bodyLayout(task.layout).segment(segment);
    const keyName = readdirSync(folder).find((name) => name.endsWith('.key')) ?? '';
    // Another name of the same file shows what becomes of its bytes.
    const witness = path.join(scratchFolder(), 'key');
    linkSync(path.join(folder, keyName), witness);
    const unlinkSync = (file: PathLike): void => {
      if (/[0-9a-f]{64}$/.test(String(file))) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      options.fs.unlinkSync(file);
    };
    await expect(vacuum({ ...options, fs: { ...options.fs, unlinkSync } }, maxSize(1))).rejects.toThrow(
      'cannot remove',
    );
    expect(readFileSync(witness).every((byte) => byte === 0)).toBe(true);
    expect(readdirSync(folder)).toEqual([findBody(task.layout, journal.body).outer]);
    await vacuum(options, maxSize(1));
    expect(existsSync(folder)).toBe(false);
    expect((await verifyByBoth(options.directory)).findings).toEqual([]);
  });
});
