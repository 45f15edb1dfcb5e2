/** What `npm pack` puts into the package, and that its bill of materials names all that an installation brings along. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly unknown[];
  readonly properties?: readonly { readonly value: string }[];
}

interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: Component & { readonly components: readonly Component[] } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const sbom = readJson('dist/egress.cdx.json') as Sbom;
const packed = (
  JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ files: { path: string }[] }]
)[0].files.map((file) => file.path);

/** Folders of packages that Node.js finds from the package's own folder, and what could not be found and need not be. */
function installed(): { readonly folders: Set<string>; readonly elsewhere: Set<string> } {
  const folders = new Set<string>();
  const elsewhere = new Set<string>();
  const visit = (folder: string): void => {
    if (folders.has(folder)) return;
    folders.add(folder);
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
    const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
    for (const name of new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])) {
      const found = find(folder, name);
      if (found !== undefined) visit(found);
      else if (name in optionalDependencies) elsewhere.add(name);
      else throw new Error(`${manifest.name} needs ${name}, which is not installed`);
    }
  };
  visit(root);
  folders.delete(root);
  return { folders, elsewhere };
}

function find(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) return place;
    if (folder === root) return undefined;
  }
}

const fullName = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

describe('the bill of materials', () => {
  const { folders, elsewhere } = installed();
  const { packages } = readJson('node_modules/.package-lock.json') as {
    packages: Record<string, { integrity: string }>;
  };

  test('names every package that an installation brings along, with version, licence and hash, and no other', () => {
    const expected = [...folders].map((folder) => {
      const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
      const { name, version, license = '' } = manifest;
      const integrity = packages[path.relative(root, folder)]?.integrity ?? '';
      const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      return JSON.stringify({
        name,
        version,
        license,
        purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
        content,
      });
    });
    const named = sbom.components.filter((component) => !elsewhere.has(fullName(component)));
    const said = named.map((component) => {
      const [licence] = component.licenses as [{ license?: { id: string }; expression?: string }];
      const license = licence.license?.id ?? licence.expression;
      const { version, purl, hashes } = component;
      expect(hashes[0]?.alg).toBe('SHA-512');
      return JSON.stringify({ name: fullName(component), version, license, purl, content: hashes[0]?.content });
    });
    expect(said.sort()).toEqual([...new Set(expected)].sort());
    expect(said.length).toBeGreaterThan(80);
  });

  test('names what is installed on other systems only as optional', () => {
    const others = sbom.components.filter((component) => elsewhere.has(fullName(component)));
    expect(new Set(others.map(fullName))).toEqual(elsewhere);
    expect(new Set(others.map(({ scope }) => scope))).toEqual(new Set(['optional']));
  });

  test('names what the build put into files of the package', () => {
    const truth = ['dist/page/page.js', 'dist/egress-verify.mjs'].flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      const names = [...text.matchAll(/^ *\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
        ([, name]) => name ?? '',
      );
      return [...new Set(names)].map((name) => `${file} ${name}`);
    });
    const said = sbom.metadata.component.components.flatMap((component) =>
      (component.properties ?? []).map(({ value }) => `${value} ${fullName(component)}`),
    );
    expect(said.sort()).toEqual(truth.sort());
    // Each page carries its script: what only people who write policies need is not in it.
    expect(truth.filter((line) => / (zod|yaml)$/.test(line))).toEqual([]);
  });

  test('leads from the package to every component', () => {
    const needs = new Map(sbom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set([sbom.metadata.component.purl]);
    for (const ref of reached) for (const next of needs.get(ref) ?? []) reached.add(next);
    expect([...reached].sort()).toEqual(
      [sbom.metadata.component.purl, ...sbom.components.map(({ purl }) => purl)].sort(),
    );
  });

  test('is the same wherever and whenever it is written', async () => {
    const { writeSbom } = (await import(path.join(root, 'scripts/sbom.mjs'))) as {
      writeSbom: (root: string, outfile: string, bundled: Record<string, string[]>) => void;
    };
    const bundled: Record<string, string[]> = {};
    for (const component of sbom.metadata.component.components)
      for (const { value } of component.properties ?? [])
        (bundled[value] ??= []).push(`node_modules/${fullName(component)}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'egress-sbom-'));
    try {
      writeSbom(root, path.join(folder, 'again.json'), bundled);
      const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
      expect(digest(path.join(folder, 'again.json'))).toBe(digest(path.join(root, 'dist/egress.cdx.json')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the package', () => {
  test('holds what its documents link to and name', () => {
    const missing = packed
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => {
        const text = readFileSync(path.join(root, file), 'utf8');
        const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
          path.join(path.dirname(file), link ?? ''),
        );
        const named = [...text.matchAll(/`((?:examples|tools|dist)\/(?!shop)[\w./-]+)`/g)].map(
          ([, name]) => name ?? '',
        );
        return [...links, ...named].map((target) => `${file}: ${target}`);
      })
      .filter((line) => {
        const target = line.split(': ')[1] ?? '';
        return !packed.some((file) => file === target || file.startsWith(`${target}/`));
      });
    expect(missing).toEqual([]);
  });

  test('holds nothing of the workshop', () => {
    expect(
      packed.filter((file) => /^(src|test|scripts|examples\/shop|node_modules|\.)|\.tsx?$|\.map$/.test(file)),
    ).toEqual([]);
    // Entries that only tests start.
    expect(packed).not.toContain('dist/journal/writer.js');
    for (const file of ['bin/run.js', 'dist/hooks/preload.cjs', 'dist/egress.cdx.json', 'LICENSE', 'tools/verify.py'])
      expect(packed).toContain(file);
  });
});
