// Builds dist: TypeScript as it is, file by file; the preload and the standalone verifier as one readable file each.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const bundle = (entry, outfile, options) =>
  build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(root, outfile),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify: false,
    legalComments: 'inline',
    logLevel: 'warning',
    ...options,
  });
await bundle('src/hooks/preload.ts', 'dist/hooks/preload.cjs', { format: 'cjs' });

// The verifier that needs nothing else. Same sources, same bytes: its digest is published beside it.
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const verifier = path.join(root, 'dist/egress-verify.mjs');
await bundle('src/standalone/egress-verify.ts', 'dist/egress-verify.mjs', {
  format: 'esm',
  banner: {
    js: `#!/usr/bin/env node
// egress-verify ${version}: checks a journal of egress. Needs Node.js 20.20 or newer and nothing else, opens no
// connection and writes no file. It is put together from the sources of egress, file by file, as the comments say.
//   node egress-verify.mjs JOURNAL --key KEY|FILE [--expect-head SIZE:ROOT|FILE]`,
  },
});
const digest = createHash('sha256').update(readFileSync(verifier)).digest('hex');
writeFileSync(`${verifier}.sha256`, `${digest}  egress-verify.mjs\n`);
run('oclif/bin/run.js', ['manifest']);
