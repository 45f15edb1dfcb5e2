import { EgressError } from '../../core/error.js';
import type { RoleGroup, Roles } from '../../event/roles.js';
import { findGroup } from '../../system/accounts.js';
import { ownAuthor } from '../author.js';

/**
 * The roles that somebody asks for: this user, and groups by name or number.
 * @returns undefined where no group is named
 * @throws USAGE, ACCOUNT_UNKNOWN, INIT_REFUSED (not this user's to give)
 */
export function requestedRoles(audit: string | undefined, officers: string | undefined): Roles | undefined {
  if (audit === undefined) {
    if (officers === undefined) return undefined;
    throw new EgressError('USAGE', 'a group of officers without an audit group', {
      hint: 'Officers read the journal as well: --audit-group GROUP, with the officers in it.',
    });
  }
  const owner = ownAuthor();
  const { uid } = owner;
  if (uid === undefined) throw new EgressError('PLATFORM_UNSUPPORTED', 'there are no groups on this platform');
  const readers = group(audit, uid);
  if (officers === undefined) return { owner: { ...owner, uid }, audit: readers };
  const officerGroup = group(officers, uid);
  if (officerGroup.gid === readers.gid) {
    throw new EgressError('USAGE', `${audit} cannot be the audit group and the group of officers`, {
      hint: 'Then whoever reads the journal would read bodies.',
    });
  }
  return { owner: { ...owner, uid }, audit: readers, officers: officerGroup };
}

function group(text: string, uid: number): RoleGroup {
  const found = findGroup(text);
  if (found === undefined) {
    throw new EgressError('ACCOUNT_UNKNOWN', `there is no group ${text}`, { hint: `As root: groupadd ${text}` });
  }
  const own = new Set([process.getgid?.(), ...(process.getgroups?.() ?? [])]);
  if (uid === 0 || own.has(found.gid)) return found;
  throw new EgressError('INIT_REFUSED', `you are not in the group ${found.name}, so no file of yours can go to it`, {
    hint: 'Run it as root, or as a member of the group.',
  });
}
