/** Roles and continuations as a journal states them; what is read here may have been written by anybody. */
import type { Continuation, RoleGroup, Roles } from '../../event/roles.js';

type Members = Readonly<Record<string, unknown>>;

/** Names of users and groups; Linux allows 32 characters, directories of companies more. */
const NAME_CHARS_MAX = 256;
const WHY_CHARS_MAX = 500;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= NAME_CHARS_MAX && value.isWellFormed();

function decodeGroup(value: unknown): RoleGroup | undefined {
  if (!isObject(value)) return undefined;
  const { gid, name } = value;
  return isId(gid) && isName(name) ? { gid, name } : undefined;
}

/** The roles of a record or a statement, or undefined if they are malformed. */
export function decodeRoles(value: unknown): Roles | undefined {
  if (!isObject(value) || !isObject(value['owner'])) return undefined;
  const { uid, name } = value['owner'];
  const audit = decodeGroup(value['audit']);
  const officers = decodeGroup(value['officers']);
  if (!isId(uid) || (name !== undefined && !isName(name)) || audit === undefined) return undefined;
  if (officers === undefined && value['officers'] !== undefined) return undefined;
  const owner = name === undefined ? { uid } : { uid, name };
  return officers === undefined ? { owner, audit } : { owner, audit, officers };
}

/** What stands in the way of going over from these roles to others; only a group of officers may be added. */
export function rolesConflict(now: Roles, wanted: Roles): string | undefined {
  if (now.owner.uid !== wanted.owner.uid) return `it belongs to user ${now.owner.uid}`;
  if (now.audit.gid !== wanted.audit.gid) return `its audit group is ${now.audit.name} (${now.audit.gid})`;
  if (now.officers === undefined || now.officers.gid === wanted.officers?.gid) return undefined;
  return `its group of officers is ${now.officers.name} (${now.officers.gid})`;
}

/** @returns undefined if it is malformed */
export function decodeContinuation(value: unknown): Continuation | undefined {
  if (!isObject(value)) return undefined;
  const { origin, key, size, root, why } = value;
  if (!isName(origin) || typeof key !== 'string' || key.length > NAME_CHARS_MAX || !isId(size)) return undefined;
  if (typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) return undefined;
  if (typeof why !== 'string' || why === '' || why.length > WHY_CHARS_MAX || !why.isWellFormed()) return undefined;
  return { origin, key, size, root, why };
}
