import { syncBuiltinESMExports } from 'node:module';

/** ES modules import copies of what a builtin module exported; this brings our replacements into them. */
export function onBuiltinExports(): void {
  syncBuiltinESMExports();
}
