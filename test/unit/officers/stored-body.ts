import type { Keyring } from '../../../src/officers/keyring.js';
import { draftStatement } from '../../../src/custody/draft-statement.js';
import type { ReleaseTask } from '../../../src/custody/release.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { ownKey } from '../../../src/audit/heads/pinned-key.js';
import type { OfficerStatement } from '../../../src/journal/state/statement.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { keyDirectory } from '../../../src/keys/key-directory.js';
import { BodyStore } from '../../../src/officers/body-store.js';
import { custodianKey } from '../../../src/officers/custodian-key.js';
import { hand, layoutOf } from '../journal/vacuumed-journal.js';
import { runClose } from '../journal/scratch-journal.js';
import { anchoredJournal, placeOf, type AnchoredJournal } from './scratch-officers.js';

export const SECRET = 'card=4111 1111 1111 1111';
export const UNTIL = '2026-10-21T00:00:00.000000Z';

export interface JournalWithBodies extends AnchoredJournal {
  /** `seq` of the `body.stored`, and the hash of its inner layer. */
  readonly body: number;
  readonly inner: string;
  readonly task: ReleaseTask;
  request(by?: Keyring, changes?: { readonly body?: number; readonly inner?: string }): OfficerStatement;
}

/** Records a run with a body in it, as a recorder does while capture is on. */
export async function storeBody(options: WriterOptions, text = SECRET): Promise<{ seq: number; inner: string }> {
  const keys = keyDirectory(options.keyBase, options.directory);
  const writer = JournalWriter.open(options);
  writer.beginRun();
  const { capture } = writer;
  if (capture === undefined) throw new Error('capture is off');
  const store = await BodyStore.open({
    ...{ fs: options.fs, folder: `${options.directory}/bodies`, segment: writer.segment },
    ...{ recipients: capture.recipients, custodian: (await custodianKey(options.fs, keys, options.uid)).recipient },
  });
  const bytes = new TextEncoder().encode(text);
  const body = await store.seal({ net: 1, part: 'request', bytes, truncated: false });
  const seq = writer.append({ kind: 'body.stored', time: '2026-10-20T12:00:02.000000Z', body });
  writer.close(runClose(writer.run));
  return { seq, inner: body.inner };
}

export async function journalWithBody(
  folder: string,
  overrides: Partial<WriterOptions> = {},
): Promise<JournalWithBodies> {
  const journal = await anchoredJournal(folder, overrides);
  const { options, alice } = journal;
  await hand(options, journal.sign('forensics.enable', { why: 'incident 42', until: UNTIL }));
  const { seq, inner } = await storeBody(options);
  const pinned = ownKey(options.keyBase, options.directory);
  if (pinned === undefined) throw new Error('no key');
  const task: ReleaseTask = {
    ...{ fs: options.fs, layout: layoutOf(options), keys: keyDirectory(options.keyBase, options.directory) },
    ...{ uid: options.uid, pinned, verify: verifySignature, handIn: (statement) => hand(options, statement) },
  };
  return {
    ...{ ...journal, body: seq, inner, task },
    request: (by = alice, changes = {}) =>
      draftStatement(placeOf(options), 'body.read.intent', { body: seq, inner, why: 'incident 42', ...changes }, by),
  };
}
