import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { fileSystem } from '../../../src/keys/file-system.js';
import { decryptWith, newIdentity } from '../../../src/officers/age.js';
import { BodyLayout } from '../../../src/officers/body-layout.js';
import { BodyStore } from '../../../src/officers/body-store.js';
import { custodianKey, readCustodianKey } from '../../../src/officers/custodian-key.js';
import { scratchFolder } from '../journal/scratch-journal.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const TEXT = 'card=4111 1111 1111 1111';

it('seals a body that custodian and officer open together, and neither alone', async () => {
  const folder = path.join(scratchFolder(), 'bodies');
  const [officer, second, custodian] = await Promise.all([newIdentity(), newIdentity(), newIdentity()]);
  const recipients = [officer.recipient, second.recipient];
  const store = await BodyStore.open({
    fs: fileSystem,
    folder,
    segment: 3,
    recipients,
    custodian: custodian.recipient,
  });
  const bytes = new TextEncoder().encode(TEXT);
  const facts = await store.seal({ net: 17, part: 'request', bytes, truncated: true });

  const layout = new BodyLayout(folder);
  const file = layout.body(3, facts.outer);
  const stored = readFileSync(file);
  expect(facts).toMatchObject({ net: 17, part: 'request', segment: 3, bytes: 24, truncated: true });
  expect([sha256(stored), stored.length]).toEqual([facts.outer, facts.stored_bytes]);
  expect(statSync(file).mode & 0o777).toBe(0o440);

  const names = readdirSync(layout.segment(3));
  expect(names).toHaveLength(2);
  for (const name of names) expect(readFileSync(path.join(layout.segment(3), name)).includes('4111')).toBe(false);

  const keyFile = names.find((name) => name.endsWith('.key')) ?? '';
  expect(statSync(path.join(layout.segment(3), keyFile)).mode & 0o777).toBe(0o600);
  const wrapped = readFileSync(path.join(layout.segment(3), keyFile));
  const segmentKey = Buffer.from(await decryptWith(custodian.identity, wrapped)).toString();
  const inner = await decryptWith(segmentKey, stored);
  expect(sha256(inner)).toBe(facts.inner);
  for (const { identity } of [officer, second]) {
    expect(Buffer.from(await decryptWith(identity, inner)).toString()).toBe(TEXT);
    await expect(decryptWith(identity, stored)).rejects.toMatchObject({ code: 'BODY_SEALED' });
    await expect(decryptWith(identity, wrapped)).rejects.toMatchObject({ code: 'BODY_SEALED' });
  }
  for (const identity of [custodian.identity, segmentKey]) {
    await expect(decryptWith(identity, inner)).rejects.toMatchObject({ code: 'BODY_SEALED' });
  }
});

it('keeps what was sealed readable when a segment gets a second store', async () => {
  const folder = path.join(scratchFolder(), 'bodies');
  const [officer, custodian] = await Promise.all([newIdentity(), newIdentity()]);
  const options = {
    fs: fileSystem,
    folder,
    segment: 1,
    recipients: [officer.recipient],
    custodian: custodian.recipient,
  };
  await BodyStore.open(options);
  await BodyStore.open(options);
  expect(readdirSync(path.join(folder, '00000001')).filter((name) => name.endsWith('.key'))).toHaveLength(2);
});

it('refuses to seal to nobody, or to what is no recipient', async () => {
  const folder = path.join(scratchFolder(), 'bodies');
  const { recipient } = await newIdentity();
  const body = { net: 1, part: 'response', bytes: new Uint8Array(1), truncated: false } as const;
  for (const recipients of [[], ['age1nobody']]) {
    const store = await BodyStore.open({ fs: fileSystem, folder, segment: 1, recipients, custodian: recipient });
    await expect(store.seal(body)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  }
});

it('makes the custodian’s key once, and believes it only where nobody else could have read it', async () => {
  const folder = scratchFolder();
  const uid = process.getuid?.();
  expect(await readCustodianKey(fileSystem, folder, uid)).toBeUndefined();
  const made = await custodianKey(fileSystem, folder, uid);
  expect(await custodianKey(fileSystem, folder, uid)).toEqual(made);
  const file = path.join(folder, 'custodian.key');
  chmodSync(file, 0o640);
  await expect(custodianKey(fileSystem, folder, uid)).rejects.toMatchObject({ code: 'KEY_FILE_MODE' });
  chmodSync(file, 0o600);
  const text = readFileSync(file, 'latin1');
  for (const bad of [
    '',
    text.slice(0, -1),
    `${text}\n`,
    text.replace(/.\n/, (end) => (end === 'Q\n' ? 'P\n' : 'Q\n')),
  ]) {
    writeFileSync(file, bad);
    await expect(custodianKey(fileSystem, folder, uid)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  }
});
