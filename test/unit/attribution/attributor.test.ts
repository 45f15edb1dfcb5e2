import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { Attributor } from '../../../src/attribution/attributor.js';
import { LINE_BYTES_MAX } from '../../../src/core/limits.js';
import { LOADING_FILE, type StackFrame } from '../../../src/event/frame.js';
import { makeTree, packageFiles } from './tree.js';

/** Prints its own stack as a site frame has it, through the layers that a test puts around it. */
const PRINT_STACK = `
exports.call = function call() {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, sites) =>
    sites.map((site) => [site.getFileName() ?? '', site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0, site.getFunctionName() ?? '']);
  const frames = new Error().stack.filter(([file]) => !file.startsWith('node:'));
  Error.prepareStackTrace = prepareStackTrace;
  process.stdout.write(JSON.stringify(frames));
};`;

function run(file: string, ...args: string[]): StackFrame[] {
  return JSON.parse(execFileSync(process.execPath, [...args, file], { encoding: 'utf8' })) as StackFrame[];
}

const at = (file: string, line = 1, name = 'f'): StackFrame => [file, line, 1, name];

describe('Attributor on programs that really ran', () => {
  it('npm: a scoped package over a transport, from CommonJS', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop', '3.0.0'),
      'src/app.js': `const { pay } = require('@acme/pay');\nfunction checkout() {\n  pay();\n}\ncheckout();\n`,
      ...packageFiles('node_modules/@acme/pay', '@acme/pay', '2.0.0'),
      'node_modules/@acme/pay/index.js': `const { call } = require('axios');\nexports.pay = () => {\n  call();\n};\n`,
      ...packageFiles('node_modules/axios', 'axios'),
      'node_modules/axios/index.js': PRINT_STACK,
    });
    expect(new Attributor({ cwd: root }).site(run(`${root}/src/app.js`))).toEqual({
      package: { name: '@acme/pay', version: '2.0.0', purl: 'pkg:npm/%40acme/pay@2.0.0' },
      chain: ['shop@3.0.0', '@acme/pay@2.0.0', 'axios@1.0.0'],
      confidence: 'high',
      frames: [
        ['src/app.js', 5, ''],
        ['src/app.js', 3, 'checkout'],
        ['node_modules/@acme/pay/index.js', 3, 'exports.pay'],
        ['node_modules/axios/index.js', 6, 'call'],
      ],
      self: false,
    });
  });

  it('who asked for a package: by the lock file, however short the stack is', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'package-lock.json': {
        packages: {
          '': { dependencies: { mailer: '1' } },
          'node_modules/mailer': { dependencies: { beacon: '1' } },
          'node_modules/beacon': {},
        },
      },
      ...packageFiles('node_modules/mailer', 'mailer', '2.0.0'),
      ...packageFiles('node_modules/beacon', 'beacon', '3.0.0'),
    });
    const attributor = new Attributor({ cwd: root });
    const askedBy = (...files: string[]) => attributor.site(files.map((file) => at(`${root}/${file}`))).asked_by;
    expect(askedBy('node_modules/beacon/index.js')).toEqual(['mailer@2.0.0']);
    expect(askedBy('node_modules/mailer/index.js', 'app.js')).toEqual([]);
    expect(askedBy('app.js')).toBeUndefined();
  });

  it('and without one by who was loading it, but not by who merely ran it', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      ...packageFiles('node_modules/outer', 'outer', '2.0.0'),
      ...packageFiles('node_modules/beacon', 'beacon', '3.0.0'),
      ...packageFiles('node_modules/mocha', 'mocha', '4.0.0'),
    });
    const attributor = new Attributor({ cwd: root });
    const [beacon, outer, app, mocha] = [
      ...['node_modules/beacon/a.js', 'node_modules/outer/a.js', 'app.js', 'node_modules/mocha/a.js'],
    ].map((file) => at(`${root}/${file}`)) as [StackFrame, StackFrame, StackFrame, StackFrame];
    const load = at(LOADING_FILE, 0, 'require');
    const loaded = attributor.site([beacon, load, outer, load, app, load, mocha]);
    expect(loaded).toMatchObject({ package: { name: 'beacon' }, asked_by: ['outer@2.0.0'] });
    expect(attributor.site([beacon, app, mocha]).asked_by).toBeUndefined();
  });

  it('pnpm: real paths inside .pnpm, reached through links, from an ES module', () => {
    const store = 'node_modules/.pnpm';
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'app.mjs': `import pay from 'pay';\npay();\n`,
      'node_modules/pay': '->.pnpm/pay@4.1.0/node_modules/pay',
      ...packageFiles(`${store}/pay@4.1.0/node_modules/pay`, 'pay', '4.1.0'),
      [`${store}/pay@4.1.0/node_modules/pay/index.js`]: `const got = require('got');\nmodule.exports = function pay() { got.call(); };\n`,
      [`${store}/pay@4.1.0/node_modules/got`]: '->../../got@14.0.0/node_modules/got',
      ...packageFiles(`${store}/got@14.0.0/node_modules/got`, 'got', '14.0.0'),
      [`${store}/got@14.0.0/node_modules/got/index.js`]: PRINT_STACK,
    });
    const stack = run(`${root}/app.mjs`);
    expect(stack.at(-1)?.[0]).toMatch(/^file:/);
    const { package: culprit, chain, confidence } = new Attributor({ cwd: root }).site(stack);
    expect(culprit?.purl).toBe('pkg:npm/pay@4.1.0');
    expect(chain).toEqual(['shop@1.0.0', 'pay@4.1.0', 'got@14.0.0']);
    expect(confidence).toBe('high');
  });

  it('workspaces: a linked package is a package of its own', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'app.js': `require('@acme/insights').track();\n`,
      'node_modules/@acme/insights': '->../../packages/insights',
      ...packageFiles('packages/insights', '@acme/insights', '0.4.2'),
      'packages/insights/index.js': PRINT_STACK.replace('exports.call', 'exports.track'),
    });
    const { package: culprit, chain, confidence } = new Attributor({ cwd: root }).site(run(`${root}/app.js`));
    expect(culprit).toEqual({ name: '@acme/insights', version: '0.4.2', purl: 'pkg:npm/%40acme/insights@0.4.2' });
    expect(chain).toEqual(['shop@1.0.0', '@acme/insights@0.4.2']);
    expect(confidence).toBe('high');
  });

  it('a bundle: packages and lines come from its source map', async () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'src/app.js': `import { pay } from 'pay';\n\npay();\n`,
      ...packageFiles('node_modules/pay', 'pay', '2.0.0'),
      'node_modules/pay/index.js': `const { call } = require('axios');\nexports.pay = function pay() {\n  call();\n};\n`,
      ...packageFiles('node_modules/axios', 'axios'),
      'node_modules/axios/index.js': PRINT_STACK,
    });
    const outfile = `${root}/dist/app.js`;
    await build({
      entryPoints: [`${root}/src/app.js`],
      outfile,
      bundle: true,
      platform: 'node',
      minify: true,
      sourcemap: true,
    });
    const stack = run(outfile);
    expect(new Set(stack.map(([file]) => file))).toEqual(new Set([outfile]));
    const { package: culprit, chain, frames, confidence } = new Attributor({ cwd: root }).site(stack);
    expect(culprit?.purl).toBe('pkg:npm/pay@2.0.0');
    expect(chain).toEqual(['shop@1.0.0', 'pay@2.0.0', 'axios@1.0.0']);
    expect(frames.map(([file, line]) => `${file}:${line}`)).toContain('node_modules/pay/index.js:3');
    expect(frames.map(([file, line]) => `${file}:${line}`)).toContain('src/app.js:3');
    expect(confidence).toBe('high');
  });

  it('eval, new Function and vm: the package that ran the text, with low confidence', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'app.js': `require('templates').render();\n`,
      ...packageFiles('node_modules/templates', 'templates'),
      'node_modules/templates/index.js': `${PRINT_STACK}
        const vm = require('node:vm');
        globalThis.call = exports.call;
        exports.render = () => vm.runInThisContext('(() => eval("new Function(\\'call()\\')()"))()');`,
    });
    const stack = run(`${root}/app.js`);
    // The function that prints is in a file; take what its caller would see.
    const site = new Attributor({ cwd: root }).site(stack.slice(1));
    expect(site.package?.name).toBe('templates');
    expect(site.confidence).toBe('low');
  });

  it('worker threads: the same, from a thread', () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'app.js': `new (require('node:worker_threads').Worker)(require.resolve('jobs'));\n`,
      ...packageFiles('node_modules/jobs', 'jobs'),
      'node_modules/jobs/index.js': `${PRINT_STACK}\nexports.call();`,
    });
    const site = new Attributor({ cwd: root }).site(run(`${root}/app.js`));
    expect(site.package?.name).toBe('jobs');
    expect(site.confidence).toBe('medium');
  });
});

describe('Attributor', () => {
  it('asks the lock file who uses a library that lost its callers, and follows single users outwards', () => {
    const got = { 'node_modules/got': {} };
    const site = (attributor: Attributor, root: string) => attributor.site([at(`${root}/node_modules/got/i.js`)]);
    const cases: [object, string][] = [
      [{ '': { dependencies: { got: '1' } } }, 'shop'],
      [{ 'node_modules/mailer': { dependencies: { got: '1' } } }, 'mailer'],
      [
        {
          '': { dependencies: { orders: '1' } },
          'node_modules/orders': { dependencies: { mailer: '1' } },
          'node_modules/mailer': { dependencies: { got: '1' } },
        },
        'orders',
      ],
      [{ '': { dependencies: { got: '1' } }, 'node_modules/mailer': { dependencies: { got: '1' } } }, 'got'],
      [{}, 'got'],
    ];
    for (const [packages, expected] of cases) {
      const root = makeTree({
        ...packageFiles('.', 'shop'),
        'package-lock.json': { lockfileVersion: 3, packages: { ...packages, ...got } },
        ...packageFiles('node_modules/mailer', 'mailer'),
        ...packageFiles('node_modules/orders', 'orders'),
        ...packageFiles('node_modules/got', 'got'),
      });
      const result = site(new Attributor({ cwd: root }), root);
      expect(result.package?.name).toBe(expected);
      expect(result.confidence).toBe('low');
      expect(result.chain).toEqual(['got@1.0.0']);
    }
  });

  it('does not end on a circle of dependents', () => {
    const root = makeTree({
      'package-lock.json': {
        packages: {
          'node_modules/got': { dependencies: { 'p-map': '1' } },
          'node_modules/p-map': { dependencies: { got: '1' } },
        },
      },
      ...packageFiles('node_modules/got', 'got'),
      ...packageFiles('node_modules/p-map', 'p-map'),
    });
    expect(new Attributor({ cwd: root }).site([at(`${root}/node_modules/got/i.js`)]).confidence).toBe('low');
  });

  it('leaves a call unattributed when nothing on the stack can be told', () => {
    const attributor = new Attributor({ cwd: '/srv/shop' });
    expect(attributor.site([])).toEqual({ chain: [], confidence: 'none', frames: [], self: false });
    const site = attributor.site([at('evalmachine.<anonymous>', 7, 'run'), at('[eval]'), at('node:net')]);
    expect(site).toEqual({
      chain: [],
      confidence: 'none',
      frames: [
        ['node:net', 1, 'f'],
        ['[eval]', 1, 'f'],
        ['evalmachine.<anonymous>', 7, 'run'],
      ],
      self: false,
    });
  });

  it('shows files inside the working directory relative to it and others in full', () => {
    const files = (cwd: string, file: string) => new Attributor({ cwd }).site([at(file)]).frames[0]?.[0];
    expect(files('/srv/shop', 'file:///srv/shop/a.js')).toBe('a.js');
    expect(files('/srv/shop', '/srv/shop-2/a.js')).toBe('/srv/shop-2/a.js');
    expect(files('/', '/a.js')).toBe('a.js');
    expect(files('/srv/shop', 'C:\\shop\\a.js')).toBe('C:\\shop\\a.js');
  });

  it('is less sure of a bundle whose map is missing', () => {
    const files = { ...packageFiles('.', 'shop'), 'dist/a.js': 'call();\n' };
    const confidence = (extra: string) => {
      const root = makeTree({ ...files, 'dist/a.js': `call();\n${extra}` });
      return new Attributor({ cwd: root }).site([at(`${root}/dist/a.js`)]).confidence;
    };
    expect(confidence('')).toBe('high');
    expect(confidence('//# sourceMappingURL=a.js.map')).toBe('medium');
  });

  it('tells when egress itself calls', () => {
    const attributor = new Attributor({ cwd: '/srv/shop', own: '/opt/egress/dist' });
    expect(attributor.site([at('node:net'), at('/opt/egress/dist/hooks/preload.cjs')]).self).toBe(true);
    expect(attributor.site([at('/srv/shop/a.js'), at('/opt/egress/dist/hooks/preload.cjs')]).self).toBe(false);
    expect(attributor.site([at('/opt/egress/dist-2/a.js')]).self).toBe(false);
  });

  it('keeps a site within one line whatever a program sends', () => {
    const attributor = new Attributor({ cwd: '/' });
    const frame = (i: number): StackFrame => [
      `/n/node_modules/${'p'.repeat(200)}${i}/${'\u0001'.repeat(3_000)}.js`,
      Number.MAX_SAFE_INTEGER,
      -1,
      '\ud800'.repeat(10_000),
    ];
    const site = attributor.site(Array.from({ length: 500 }, (_, i) => frame(i)));
    expect(Buffer.byteLength(JSON.stringify(site))).toBeLessThan(LINE_BYTES_MAX - 4_096);
    expect(site.frames.length).toBeGreaterThan(3);
    expect(site.package?.name).toBe(`${'p'.repeat(200)}49`);
  });

  it('stops reading when every frame names another file', () => {
    let reads = 0;
    const readText = () => {
      reads += 1;
      return undefined;
    };
    const attributor = new Attributor({ cwd: '/', files: { readText } });
    for (let i = 0; i < 100; i += 1) {
      attributor.site(Array.from({ length: 50 }, (_, j) => at(`/none/${'d/'.repeat(40)}${i}/${j}/a.js`)));
    }
    expect(reads).toBe(50_000);
    expect(attributor.site([at('/none/node_modules/axios/a.js'), at('/none/a.js')]).package?.name).toBe('none');
  });
});
