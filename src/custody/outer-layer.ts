/** The custodian's layer: put on a copy for a reader, and taken off after the reading is in the journal. */
import { readdirSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import { readSmallFile, replaceFile, type FileSystem } from '../keys/file-system.js';
import { decryptWith, encryptTo, type AgeIdentity } from '../officers/age.js';
import { readCustodianKey } from '../officers/custodian-key.js';
import { bodyLayout, sha256 } from './body-record.js';

const KEY_BYTES_MAX = 4_096;
const KEY_NAME = /^(age1[02-9ac-hj-np-z]{58})\.key$/;

export interface Custodian {
  readonly fs: FileSystem;
  readonly layout: JournalLayout;
  /** The key directory. */
  readonly keys: string;
  readonly uid: number | undefined;
}

/** Public halves of a segment's keys, which are the names of their files. @throws BODY_MISSING */
function recipients(layout: JournalLayout, segment: number): string[] {
  const folder = bodyLayout(layout).segment(segment);
  try {
    const found = readdirSync(folder).flatMap((name) => KEY_NAME.exec(name)?.[1] ?? []);
    if (found.length > 0) return found;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw new EgressError('BODY_MISSING', `cannot list ${folder}: ${systemCode(error) ?? ''}`, { cause: error });
    }
  }
  throw new EgressError('BODY_MISSING', `there is no key for the bodies of segment ${segment}`, {
    hint: 'A vacuum destroys it, and with it all bodies of the segment.',
  });
}

/**
 * The secret halves, which the custodian alone can open. To be asked for before a reading is journaled, so that one that
 * must fail leaves no trace of a reading.
 * @throws BODY_MISSING, BODY_SEALED, KEY_MISSING, KEY_FILE_MODE, KEY_INVALID
 */
export async function segmentKeys({ fs, layout, keys, uid }: Custodian, segment: number): Promise<AgeIdentity[]> {
  const custodian = await readCustodianKey(fs, keys, uid);
  if (custodian === undefined) {
    throw new EgressError('KEY_MISSING', 'this account is not the custodian of this journal', {
      hint: 'Whoever records the journal releases bodies: egress forensics release FILE',
    });
  }
  const files = recipients(layout, segment).map((recipient) => bodyLayout(layout).key(segment, recipient));
  const wrapped = files.map((file) => readSmallFile(fs, file, KEY_BYTES_MAX) ?? new Uint8Array());
  const opened = wrapped.map((bytes) => decryptWith(custodian.identity, bytes));
  return (await Promise.all(opened)).map((bytes) => new TextDecoder().decode(bytes));
}

/** @throws BODY_SEALED if none of the keys opens it */
export async function stripOuter(keys: readonly AgeIdentity[], outer: Uint8Array): Promise<Uint8Array> {
  for (const [at, key] of keys.entries()) {
    try {
      return await decryptWith(key, outer);
    } catch (error) {
      if (at === keys.length - 1) throw error;
    }
  }
  throw new EgressError('BODY_SEALED', 'there is no key for this body');
}

/** Seals a reader's copy like the body that it is of, so that it goes with it. @returns where it lies */
export async function sealCopy(
  { fs, layout }: Custodian,
  segment: number,
  inner: Uint8Array,
): Promise<{ readonly segment: number; readonly outer: string; readonly stored_bytes: number }> {
  const [recipient = ''] = recipients(layout, segment);
  const bytes = await encryptTo([recipient], inner);
  const outer = sha256(bytes);
  replaceFile(fs, bodyLayout(layout).body(segment, outer), bytes, 0o440);
  return { segment, outer, stored_bytes: bytes.length };
}
