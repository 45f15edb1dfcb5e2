/** Whether the files of a journal with roles let in more than these say. It is no part of the proof: modes change. */
import { isInPlace, looseAccess } from '../../journal/folder/access.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import type { JournalLayout } from '../../journal/folder/layout.js';
import { fileSystem } from '../../keys/file-system.js';
import type { Limit } from '../finding.js';
import type { CheckedItem } from '../verification.js';

export interface AccessCheck {
  readonly limits: readonly Limit[];
  readonly checked: readonly CheckedItem[];
  readonly notShown: readonly string[];
}

const LOOSE_MAX = 100;
const NOTHING: AccessCheck = { limits: [], checked: [], notShown: [] };

/** @param state as the newest record leaves it; undefined where it is not known */
export function checkAccess(layout: JournalLayout, state: JournalState | undefined): AccessCheck {
  const roles = state?.roles;
  if (roles === undefined) return NOTHING;
  if (!isInPlace(fileSystem, layout, roles)) {
    return { ...NOTHING, notShown: ['who could read or change it where it was recorded: this is a copy'] };
  }
  const loose = looseAccess(fileSystem, layout, roles, LOOSE_MAX);
  const first = loose[0];
  if (first === undefined) {
    return { ...NOTHING, checked: [{ ok: true, text: 'owner, groups and modes are those of its roles' }] };
  }
  const more = loose.length === 1 ? '' : `, and ${loose.length === LOOSE_MAX ? 'many' : loose.length - 1} more`;
  const message = `more may get in than the roles say: ${first.path} (mode ${first.mode})${more}; egress doctor lists them`;
  return { ...NOTHING, limits: [{ code: 'ACCESS_LOOSE', message }] };
}
