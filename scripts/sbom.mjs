// The software bill of materials of the package, as CycloneDX 1.6: what an installation brings along, and what the build
// puts into files of dist. It follows the lock file from the package's own dependencies, as Node.js looks packages up, since
// `npm sbom --omit dev` leaves out what a tool of the developers needs as well. Same lock file, same bytes: there is no time
// in it, and its serial number is made from the rest.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param bundled packages by the file of dist that holds code of theirs: `{ 'dist/page/page.js': ['node_modules/buffer'] }`
 */
export function writeSbom(root, outfile, bundled) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { edges, optional } = runtimeTree(packages, own);
  const inside = [...new Set(Object.values(bundled).flat())].sort();
  const sbom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': purl(own.name, own.version),
        name: own.name,
        version: own.version,
        description: own.description,
        licenses: licences(own.license),
        purl: purl(own.name, own.version),
        components: inside.map((location) => {
          const files = Object.keys(bundled).filter((file) => bundled[file].includes(location));
          return {
            ...component(packages, location, 'required'),
            'bom-ref': `bundled:${purlOf(packages, location)}`,
            properties: files.sort().map((file) => ({ name: 'egress:bundled-in', value: file })),
          };
        }),
      },
    },
    components: [...edges.keys()]
      .filter((location) => location !== '')
      .map((location) => component(packages, location, optional.has(location) ? 'optional' : 'required')),
    dependencies: [...edges].map(([location, needs]) => ({
      ref: location === '' ? purl(own.name, own.version) : purlOf(packages, location),
      dependsOn: needs.map((needed) => purlOf(packages, needed)),
    })),
  };
  // Two copies of one version are one component.
  sbom.components = unique(sbom.components, (one) => one['bom-ref']);
  sbom.dependencies = unique(sbom.dependencies, ({ ref }) => ref);
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(sbom))}`;
  writeFileSync(
    outfile,
    `${JSON.stringify({ bomFormat: sbom.bomFormat, specVersion: '1.6', serialNumber, ...sbom }, undefined, 2)}\n`,
  );
}

/** Packages whose code esbuild put into files, by file. */
export function packagesOf(builds) {
  const outputs = builds.flatMap(({ metafile }) => Object.entries(metafile.outputs));
  return Object.fromEntries(
    outputs.map(([file, { inputs }]) => [
      file,
      [...new Set(Object.keys(inputs).flatMap((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []))],
    ]),
  );
}

/** What each package of an installation needs, by their places in the lock file. */
function runtimeTree(packages, own) {
  const edges = new Map();
  const required = new Set();
  const visit = (location, isRequired) => {
    if (edges.has(location) && (required.has(location) || !isRequired)) return;
    if (isRequired) required.add(location);
    const needs = location === '' ? own : packages[location];
    const found = [];
    for (const [names, isOptional] of [
      [needs.dependencies, false],
      [peersOf(needs), false],
      [needs.optionalDependencies, true],
    ]) {
      for (const name of Object.keys(names ?? {})) {
        const place = lookUp(packages, location, name);
        if (place === undefined) {
          if (isOptional) continue;
          throw new Error(`package-lock.json has no ${name} for ${location || own.name}`);
        }
        found.push(place);
        edges.set(location, found);
        visit(place, isRequired && !isOptional);
      }
    }
    edges.set(location, [...new Set(found)].sort());
  };
  visit('', true);
  const sorted = new Map([...edges].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { edges: sorted, optional: new Set([...sorted.keys()].filter((location) => !required.has(location))) };
}

/** Peers that npm installs: all but those that are marked as optional. */
function peersOf({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.fromEntries(Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional));
}

/** Where a package finds another one: in its own node_modules, or in those of the folders above it. */
function lookUp(packages, from, name) {
  for (let folder = from; ;) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (place in packages) return place;
    if (folder === '') return undefined;
    folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0));
  }
}

function component(packages, location, scope) {
  const { version, integrity, license } = packages[location];
  const name = nameOf(location);
  const [group, rest] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const [, algorithm, digest] = /^sha(512|256|1)-(.+)$/.exec(integrity ?? '') ?? [];
  if (algorithm === undefined) throw new Error(`package-lock.json has no integrity for ${location}`);
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    ...(group && { group }),
    name: rest,
    version,
    scope,
    hashes: [{ alg: `SHA-${algorithm}`, content: Buffer.from(digest, 'base64').toString('hex') }],
    licenses: licences(license),
    purl: purl(name, version),
  };
}

function licences(text) {
  if (text === undefined) return [];
  return /^[A-Za-z0-9.+-]+$/.test(text) ? [{ license: { id: text } }] : [{ expression: text }];
}

const nameOf = (location) => location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
const purlOf = (packages, location) => purl(nameOf(location), packages[location].version);

function unique(list, keyOf) {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}

/** A UUID (version 8, RFC 9562) from a digest. */
function uuidOf(text) {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
