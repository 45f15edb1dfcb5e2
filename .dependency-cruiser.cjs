/**
 * The floors of docs/ARCHITECTURE.md. Imports go down only: each folder names what it may import, everything else
 * in src is refused, and so is every cycle.
 */
const floors = {
  platform: [],
  core: [],
  archive: ['core'],
  event: ['core'],
  keys: ['core'],
  system: ['core'],
  settings: ['core', 'event'],
  attribution: ['core', 'event'],
  policy: ['core', 'event', 'settings'],
  verdict: ['core', 'event', 'policy'],
  hooks: ['core', 'event'],
  officers: ['core', 'event', 'keys'],
  journal: ['core', 'event', 'keys', 'system', 'officers'],
  kernel: ['core', 'event', 'system'],
  recorder: ['core', 'event', 'keys', 'system', 'settings', 'attribution', 'officers', 'journal', 'kernel'],
  audit: ['core', 'event', 'keys', 'officers', 'journal'],
  report: ['core', 'event', 'keys', 'policy', 'verdict', 'officers', 'journal', 'audit'],
  standalone: ['core', 'keys', 'journal', 'audit', 'report'],
  page: ['core', 'archive', 'event', 'keys', 'officers', 'policy', 'verdict', 'journal', 'audit', 'report'],
  view: ['core', 'event', 'journal', 'keys', 'report'],
  bundle: ['core', 'archive', 'event', 'keys', 'policy', 'journal', 'audit', 'report', 'proof'],
  proof: ['core', 'event', 'keys', 'system', 'journal', 'audit', 'report'],
  custody: ['core', 'event', 'keys', 'officers', 'journal', 'audit', 'report', 'proof'],
  cli: [
    'core',
    'event',
    'keys',
    'system',
    'settings',
    'policy',
    'verdict',
    'officers',
    'journal',
    'audit',
    'recorder',
    'custody',
  ],
  commands: [
    'core',
    'event',
    'keys',
    'system',
    'settings',
    'attribution',
    'policy',
    'verdict',
    'officers',
    'journal',
    'kernel',
    'recorder',
    'audit',
    'report',
    'proof',
    'page',
    'bundle',
    'view',
    'custody',
    'cli',
  ],
};

// What reads or checks a journal asks the machine through one module, so that a browser can run it too.
for (const folder of ['keys', 'officers', 'policy', 'journal', 'audit', 'report', 'standalone', 'page']) {
  floors[folder].push('platform');
}
// A bundle is opened by the audit, and what goes into one is chosen by flags.
floors.audit.push('archive');
floors.cli.push('event', 'audit', 'bundle');

const only = (name, file, importers) => ({
  name,
  severity: 'error',
  from: { pathNot: importers },
  to: { path: file },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(floors).map(([folder, below]) => ({
      name: `floor-${folder}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [folder, ...below].map((name) => `^src/${name}/`) },
    })),
    only('one-importer-of-noble', 'node_modules/@noble/ed25519', ['^src/keys/ed25519\\.ts$', '^test/', 'node_modules']),
    only('one-importer-of-koffi', 'node_modules/koffi', ['^src/system/', '^test/', 'node_modules']),
    only('one-importer-of-age', 'node_modules/age-encryption', ['^src/officers/age\\.ts$', '^test/', 'node_modules']),
    only('ink-in-the-report-alone', 'node_modules/ink/', ['^src/report/ui/', 'node_modules']),
    only('react-in-the-report-alone', 'node_modules/react/', ['^src/report/ui/', 'node_modules']),
    {
      name: 'hooks-have-no-package',
      comment: 'The preload runs inside other people’s programs: nothing from node_modules may ride along.',
      severity: 'error',
      from: { path: '^src/(core|event|hooks)/' },
      to: { path: 'node_modules', dependencyTypesNot: ['core'] },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
