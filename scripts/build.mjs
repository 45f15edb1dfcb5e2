// Builds dist: TypeScript as it is, file by file, and the preload as one readable CommonJS file.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.dirname(import.meta.dirname);
const run = (file, args) => {
  // oclif's own update check is switched off: building must not ask any registry whether a newer tool exists.
  const env = { ...process.env, npm_config_update_notifier: 'false', OCLIF_SKIP_NEW_VERSION_CHECK: 'true' };
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  if (status !== 0) process.exitCode = 1;
};

if (process.argv.includes('--clean')) rmSync(path.join(root, 'dist'), { recursive: true, force: true });
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
await build({
  entryPoints: [path.join(root, 'src/hooks/preload.ts')],
  outfile: path.join(root, 'dist/hooks/preload.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: false,
  logLevel: 'warning',
});
run('oclif/bin/run.js', ['manifest']);
