import { printable } from '../../core/printable.js';
import type { LooseAccess } from '../../journal/folder/access.js';

/** One line: `segments/00000001.jsonl: mode 0644, others may read`. */
export function looseText({ path, why, mode, uid, gid }: LooseAccess): string {
  const file = printable(path, { max: 120 });
  switch (why) {
    case 'others':
      return `${file}: mode ${mode}, open to everybody here`;
    case 'group_may_write':
      return `${file}: mode ${mode}, its group may write`;
    case 'other_group':
      return `${file}: readable by group ${gid}`;
    case 'other_owner':
      return `${file}: belongs to user ${uid}`;
    case 'link':
      return `${file}: a symbolic link`;
  }
}
