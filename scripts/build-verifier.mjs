// Builds the standalone verifier: one readable file. Same sources, same bytes, wherever they lie; so its digest, which is
// published beside it, can be checked by whoever has the sources:  node scripts/build-verifier.mjs . /tmp/verify.mjs
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Writes `outfile`, and its SHA-256 beside it as `sha256sum` writes it; what esbuild says of it is returned. */
export async function buildVerifier(root, outfile) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const built = await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'src/standalone/egress-verify.ts')],
    outfile,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: false,
    legalComments: 'inline',
    logLevel: 'warning',
    banner: {
      js: `#!/usr/bin/env node
// egress-verify ${version}: checks a journal of egress, a bundle or a proof. Needs Node.js 20.20 or newer and
// nothing else, and opens no connection. It writes nothing, but for an archive, which it unpacks into a temporary
// folder of its own and removes again. It is put together from the sources of egress, file by file, as the comments say.
//   node egress-verify.mjs JOURNAL --key KEY|FILE [--expect-head SIZE:ROOT|FILE]`,
    },
  });
  const digest = createHash('sha256').update(readFileSync(outfile)).digest('hex');
  writeFileSync(`${outfile}.sha256`, `${digest}  ${path.basename(outfile)}\n`);
  return built;
}

if (process.argv[1] === import.meta.filename) {
  const [root, outfile] = process.argv.slice(2);
  if (root === undefined || outfile === undefined) throw new Error('node scripts/build-verifier.mjs SOURCES OUTFILE');
  await buildVerifier(path.resolve(root), path.resolve(outfile));
}
