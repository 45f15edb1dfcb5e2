// Everything that has to hold before a change lands, in one command. Each check runs, whatever the others said, so
// that one run shows all there is to mend. Tests come last: their summary closes the output.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const bin = (file) => [process.execPath, path.join(root, 'node_modules', file)];

const checks = [
  ['build', [process.execPath, path.join(root, 'scripts/build.mjs')]],
  ['types', [...bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['types of the page', [...bin('typescript/bin/tsc'), '-p', 'src/page/browser']],
  ['lint', [...bin('eslint/bin/eslint.js'), '.']],
  ['format', [...bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']],
  ['layers', [...bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'src']],
  ['dead code', [...bin('knip/bin/knip.js')]],
  ['tests', [...bin('vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]],
];

const failed = [];
for (const [name, [command, ...args]] of checks) {
  process.stdout.write(`\n── ${name}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
  if (name === 'tests' && failed.some((check) => check !== 'tests')) {
    process.stderr.write(`\nalso failed: ${failed.filter((check) => check !== 'tests').join(', ')}\n`);
  }
}
process.exitCode = failed.length === 0 ? 0 : 1;
