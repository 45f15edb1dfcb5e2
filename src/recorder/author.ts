import { userInfo } from 'node:os';
import type { Author } from '../event/author.js';

/** This process's user. A container may run under a number that has no name. */
export function ownAuthor(): Author {
  const uid = process.getuid?.();
  try {
    return { ...(uid === undefined ? {} : { uid }), name: userInfo().username };
  } catch {
    return uid === undefined ? {} : { uid };
  }
}
