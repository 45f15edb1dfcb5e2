// Builds dist: readable files, few of them; the preload and the standalone verifier as one file each.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { buildVerifier } from './build-verifier.mjs';
import { packagesOf, writeSbom } from './sbom.mjs';

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

// Names of shared files change with what is in them: those of earlier builds would stay.
rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: false,
  legalComments: 'inline',
  logLevel: 'warning',
};
const bundle = (entry, outfile, options) =>
  build({ ...common, entryPoints: [path.join(root, entry)], outfile: path.join(root, outfile), ...options });

// Node takes longer to find and link a hundred small modules than to run them. What several files of a list share is in
// dist/lib; what stands in two lists is there twice. What uses `import.meta.url` lies one folder deep in dist, so that a
// path relative to it begins with `../` in each.
const modules = (entryPoints, splitting, options) =>
  build({
    ...common,
    entryPoints,
    outbase: path.join(root, 'src'),
    outdir: path.join(root, 'dist'),
    chunkNames: 'lib/[name]-[hash]',
    splitting,
    format: 'esm',
    packages: 'external',
    ...options,
  });
const commands = readdirSync(path.join(root, 'src/commands'), { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/commands/${file}`);
// The command that programs wait for: in a list with the others, it would share sixty small files with them. esbuild makes
// one file of the modules that the same others reach; what is loaded later reaches all that the command has, so that
// this is in two files and not in fifteen.
const recording = 'src/commands/run.ts';
const start = ['src/cli/main.ts', 'src/cli/help.ts', recording];
const { metafile } = await modules(start, true, { metafile: true, write: false });
const later = Object.values(metafile.outputs)
  .map(({ entryPoint }) => entryPoint)
  .filter((entryPoint) => entryPoint !== undefined && !start.includes(entryPoint))
  .map((entryPoint) => path.join(root, entryPoint));
const reachAll = {
  name: 'reach-all',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
      later.includes(file)
        ? {
            loader: 'ts',
            contents: `${readFileSync(file, 'utf8')}\nimport ${JSON.stringify(path.join(root, recording))};`,
          }
        : undefined,
    ),
};
await modules(start, true, { plugins: [reachAll] });
await modules(
  [
    ...commands.filter((file) => file !== recording),
    // Written out below.
    'src/policy/published-schema.ts',
    // Tests start these in other processes.
    'src/audit/scan-pool.ts',
    'src/journal/writer.ts',
    'src/keys/file-system.ts',
    'src/system/lock.ts',
  ],
  true,
);
// Threads and processes of their own.
await modules(
  [
    'src/audit/scan-worker.ts',
    'src/kernel/keeper.ts',
    'src/kernel/spawner.ts',
    'src/kernel/supervisor.ts',
    'src/recorder/seal-worker.ts',
    'src/recorder/user-reader.ts',
  ],
  false,
);
await bundle('src/hooks/preload.ts', 'dist/hooks/preload.cjs', { format: 'cjs' });

// The evidence page: one script, which is its worker too. Packages stand in for what a browser does not have.
const page = await bundle('src/page/browser/main.ts', 'dist/page/page.js', {
  metafile: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  charset: 'ascii',
  inject: [path.join(root, 'src/platform/browser-buffer.ts')],
});
cpSync(path.join(root, 'src/page/page.css'), path.join(root, 'dist/page/page.css'));

// The verifier that needs nothing else.
const verifier = await buildVerifier(root, path.join(root, 'dist/egress-verify.mjs'));
writeSbom(root, path.join(root, 'dist/egress.cdx.json'), packagesOf([page, verifier]));
// For editors; the same sources give the same text.
const { publishedSchema } = await import(path.join(root, 'dist/policy/published-schema.js'));
writeFileSync(path.join(root, 'docs/policy.schema.json'), `${JSON.stringify(publishedSchema(), undefined, 2)}\n`);
run('oclif/bin/run.js', ['manifest']);
