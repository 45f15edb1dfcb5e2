/** What `doctor` says of what keeps others from changing a journal's files, and from finding erased keys. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { printable } from '../../core/printable.js';
import type { Roles } from '../../event/roles.js';
import type { LooseAccess } from '../../journal/folder/access.js';
import { custodianFile } from '../../officers/custodian-key.js';
import { looseText } from '../text/access-text.js';
import type { Check } from './diagnosis.js';
import { existingFolder } from './folder-checks.js';
import { countText } from '../text/quantity-text.js';

/** As it is asked for, and as it is. */
export interface Enforcement {
  readonly isOn: boolean;
  readonly segments: number;
  readonly immutable: number;
  readonly appendOnly: number;
}

export function enforcementCheck({ isOn, segments, immutable, appendOnly }: Enforcement): Check {
  const name = 'file flags';
  const holds = `${countText(immutable, 'segment')} of ${segments} immutable, ${appendOnly} append-only`;
  if (!isOn) {
    const says = 'not asked for: sealed segments are read-only, which their owner can undo';
    return { name, status: 'none', says: immutable + appendOnly === 0 ? says : `${says}; ${holds}` };
  }
  if (segments === 0) return { name, status: 'none', says: 'asked for; there is no segment yet' };
  if (immutable + appendOnly === segments) return { name, status: 'ok', says: holds };
  const advice =
    'New ones get them only as root (CAP_LINUX_IMMUTABLE), on a file system that knows them, such as ext4.';
  return { name, status: 'warning', says: `asked for, but ${holds}`, advice };
}

/** A journal with roles, and what lets in more than these say. */
export interface AccessState {
  readonly roles?: Roles;
  readonly loose: readonly LooseAccess[];
}

export function accessCheck({ roles, loose }: AccessState): Check {
  const name = 'roles';
  if (roles === undefined) {
    return { name, status: 'none', says: 'none set: who reads the journal is what its modes say (egress init)' };
  }
  const officers = roles.officers === undefined ? '' : `, bodies by ${printable(roles.officers.name, { max: 64 })}`;
  const [first] = loose;
  if (first === undefined) {
    return {
      name,
      status: 'ok',
      says: `read by group ${printable(roles.audit.name, { max: 64 })}${officers}; modes as set`,
    };
  }
  const more = loose.length === 1 ? '' : `, and ${loose.length - 1} more`;
  return {
    name,
    status: 'warning',
    says: `${looseText(first)}${more}`,
    advice: 'Find out who changed that. egress init JOURNAL --repair sets it back.',
  };
}

/** @param lists files that have one; undefined where that cannot be asked */
export function accessListCheck(lists: readonly string[] | undefined): Check {
  const name = 'access lists';
  if (lists === undefined) return { name, status: 'none', says: 'not looked at here; getfacl -R shows POSIX ACLs' };
  const [first] = lists;
  if (first === undefined) return { name, status: 'ok', says: 'none: modes say all of who gets in' };
  const says = `${first} lets in whom its access list names${lists.length === 1 ? '' : `, and ${lists.length - 1} more`}`;
  return { name, status: 'warning', says, advice: 'getfacl shows it, setfacl -b takes it away.' };
}

/** Whether this account could read bodies alone, as far as it can be seen: a keyring may lie anywhere. */
export function splitCheck(keys: string, env: Readonly<Record<string, string | undefined>>): Check {
  const name = 'bodies';
  const isReadable = (file: string): boolean => {
    try {
      accessSync(file, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  };
  const keyring = env['EGRESS_KEYRING'] ?? '';
  if (!isReadable(custodianFile(keys))) {
    return { name, status: 'none', says: 'no custodian’s key of this journal here; the first captured body makes one' };
  }
  if (keyring === '' || !isReadable(keyring)) {
    return {
      name,
      status: 'none',
      says: 'this account is the custodian; it must not have an officer’s keyring as well',
    };
  }
  return {
    ...{ name, status: 'warning', says: `one account reads the custodian’s key and the keyring ${keyring}` },
    advice: 'Nothing keeps it from opening bodies unrecorded: give officers an account of their own.',
  };
}

/** f_type of statfs(2): what is overwritten there stays where it was. */
const COPY_ON_WRITE: ReadonlyMap<number, string> = new Map([
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xca451a4e, 'bcachefs'],
]);

export function erasureCheck(keys: string): Check {
  const name = 'erased keys';
  const kind = COPY_ON_WRITE.get(statfsSync(existingFolder(keys)).type >>> 0);
  if (kind === undefined)
    return { name, status: 'none', says: 'overwritten; backups and snapshots may still hold them' };
  const says = `${kind} writes elsewhere: a key that was erased may still be on the disk`;
  return { name, status: 'warning', says, advice: 'Name a folder on another file system with EGRESS_KEYS.' };
}
