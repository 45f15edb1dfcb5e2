import { existsSync } from 'node:fs';
import path from 'node:path';

const SCHEMA = 'node_modules/egress/docs/policy.schema.json';

/**
 * The first line of a policy file, which tells editors its shape: by the schema in the installed package, since a path
 * works without a network and for everybody who has the project.
 * @param folder of the file
 */
export function schemaLine(folder: string): string {
  for (let at = path.resolve(folder), up = './'; ; at = path.dirname(at), up = up === './' ? '../' : `${up}../`) {
    if (existsSync(path.join(at, SCHEMA))) return `# yaml-language-server: $schema=${up}${SCHEMA}`;
    if (at === path.dirname(at)) break;
  }
  return '# Editors check this file where egress is installed in the project: docs/POLICY.md.';
}
