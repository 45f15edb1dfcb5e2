import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { parseEpoch } from '../../../src/journal/heads/epoch.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf, memoised } from '../audit/verify-folder.js';
import { CHANGING, FaultyFileSystem, type Call } from './faulty-file-system.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from './scratch-journal.js';

const verify = memoised(verifySignature);
/** After a simulated crash the holder of a real lock, which is this process, would still live. */
const unlocked = { lock: () => ({ release: () => undefined }), segmentBytesMax: 1_900 };

function keyNames({ keyBase }: WriterOptions): string[] {
  const journals = path.join(keyBase, 'journals');
  return readdirSync(path.join(journals, readdirSync(journals)[0] ?? ''))
    .filter((name) => name.startsWith('resume-'))
    .sort();
}

/** Calls that the first hand-over of a run makes. */
function callsOfHandOver(options: WriterOptions, faulty: FaultyFileSystem): Call[] {
  const writer = JournalWriter.open({ ...options, fs: faulty.fs });
  const run = writer.beginRun();
  let calls: Call[] = [];
  for (let i = 1; calls.length === 0; i += 1) {
    const before = faulty.calls.length;
    if (writer.prepare()) calls = faulty.calls.slice(before);
    else {
      writer.append(siteRecord(i));
      writer.flush();
    }
    if (writer.failure !== undefined) break;
  }
  writer.append(siteRecord(1));
  writer.close(runClose(run));
  return calls;
}

describe('at the end of a segment', () => {
  it('hands over to keys that never were on disk, or are new there, and keeps one resume key', async () => {
    const options = writerOptions(scratchFolder(), unlocked);
    const calls = callsOfHandOver(options, new FaultyFileSystem());
    expect(calls.length).toBeGreaterThan(20);
    expect(keyNames(options)).toEqual(['resume-2.key']);
    const [first, second] = [1, 2].map((n) =>
      parseEpoch(readFileSync(path.join(options.directory, 'epochs', String(n)))),
    );
    expect(second?.note.signatures[0]?.keyId).toEqual(first?.runKey.id);
    const result = await verifyByBoth(options.directory, { verify });
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD']);
  });

  it('may crash at any step: the next run goes on, and no key is lost or left over', { timeout: 60_000 }, async () => {
    const calls = callsOfHandOver(writerOptions(scratchFolder(), unlocked), new FaultyFileSystem());
    const seen = new Set<string>();
    for (const call of calls.filter(({ name }) => CHANGING.has(name))) {
      const options = writerOptions(scratchFolder(), unlocked);
      const what = `${call.name} ${call.nth}`;
      try {
        callsOfHandOver(options, new FaultyFileSystem(call, 'crash'));
      } catch {
        // Opening the file of the next segment throws through; the disk is what counts.
      }
      seen.add(keyNames(options).join());
      const left = await verifyByBoth(options.directory, { verify });
      expect(left.findings, what).toEqual([]);
      recordRun(options, 2);
      expect(keyNames(options), what).toHaveLength(1);
      const result = await verifyByBoth(options.directory, { verify });
      expect(result.findings, what).toEqual([]);
      expect(codesOf(result.limits), what).toContain('INTERRUPTED');
    }
    // Each state was met: before the new key, while it is written, with both, and after the old one was erased.
    const states = ['resume-1.key', 'resume-1.key,resume-2.key', 'resume-1.key,resume-2.key.new', 'resume-2.key'];
    expect([...seen].sort()).toEqual(states);
  });
});
