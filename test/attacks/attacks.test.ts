/**
 * Attacks that happened, rebuilt: real processes, real sockets, both observers. Each has to succeed on the attacker's
 * side, or nothing was caught, and each has to be told with the right package and the right words.
 */
import { afterAll, describe, expect } from 'vitest';
import { attack, expectCaught, NPM } from './expectation.js';
import { Tools } from '../fixtures/kernel-tools.js';

const tools = new Tools();
afterAll(() => {
  tools.remove();
});

const requires = (...names: readonly string[]): string => names.map((name) => `require('${name}');`).join('\n');

describe('code of a package', () => {
  attack('event-stream: a package that nobody chose posts to a bare address', async (bottle) => {
    const outcome = await bottle(['event-stream', 'flatmap-stream'], requires('event-stream')).run();
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ to: '203.0.113.66', body: 'a wallet' }));
    await expectCaught(outcome, {
      to: /203\.0\.113\.66/,
      package: 'flatmap-stream',
      version: '0.1.1',
      hint: 'An address without a name',
      askedBy: 'event-stream 3.3.6 → flatmap-stream 0.1.1',
    });
    const [{ site } = {}] = outcome.bottle.calls(/203\.0\.113\.66/);
    expect(site?.site.chain).toEqual(['shop@1.0.0', 'event-stream@3.3.6', 'flatmap-stream@0.1.1']);
  });

  attack('node-ipc: a timer calls when nobody looks any more', async (bottle) => {
    const made = bottle(['node-ipc'], requires('node-ipc'));
    made.bottle.write('node_modules/@vue/cli/package.json', '{ "name": "@vue/cli", "version": "4.5.15" }');
    made.bottle.write('package-lock.json', JSON.stringify({ packages: VUE }));
    const outcome = await made.run();
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ host: 'api.geolocation.example' }));
    const askedBy = '@vue/cli 4.5.15 → node-ipc 10.1.1';
    await expectCaught(outcome, { to: /geolocation/, package: 'node-ipc', version: '10.1.1', askedBy });
  });

  attack('a package that asks for names only: no connection is ever made', async (bottle) => {
    const outcome = await bottle(['dns-beacon'], requires('dns-beacon')).run();
    expect(outcome.arrivals).toContainEqual({ asked: '61207061.x.exfil.example' });
    await expectCaught(outcome, {
      to: /exfil\.example/,
      package: 'dns-beacon',
      version: '1.0.0',
      calls: 4,
      hint: 'is data that leaves',
    });
  });

  attack('a package that wraps fetch copies the application’s calls', async (bottle) => {
    const main = `${requires('fetch-plus')} fetch('http://127.0.0.1/own').then((response) => response.text());`;
    const outcome = await bottle(['fetch-plus'], main).run();
    expect(outcome.arrivals.map(({ path }) => path)).toEqual(['/own', '/copy']);
    await expectCaught(outcome, { to: /203\.0\.113\.66/, package: 'fetch-plus', version: '1.0.0' });
  });
});

describe('what a package starts', () => {
  attack(
    'ua-parser-js: a script of the installation fetches a program, which runs on in the background',
    async (bottle) => {
      const outcome = await bottle(['ua-parser-js']).run({ command: NPM });
      expect(outcome.arrivals.map(({ path }) => path)).toEqual(['/download/jsextension', '/miner']);
      await expectCaught(outcome, {
        to: /203\.0\.113\.66/,
        package: 'ua-parser-js',
        version: '0.7.29',
        program: 'curl',
        calls: 2,
        hint: 'ua-parser-js started curl. If a script of its installation did: npm ci --ignore-scripts',
      });
      const [first, second] = outcome.bottle.calls(/203\.0\.113\.66/);
      expect(first?.site?.site.frames).toEqual([['node_modules/ua-parser-js/package.json', 1, 'preinstall']]);
      // curl, sh preinstall.sh, sh -c, npm. The shell between the second and them is gone.
      expect(first?.process?.ancestry?.length).toBeGreaterThanOrEqual(2);
      expect(second?.process).toMatchObject({ argv0: 'curl', identity: 'kernel' });
    },
  );

  attack('a shell that writes to a datagram socket: nothing is seen to be sent', async (bottle) => {
    const outcome = await bottle(['udp-whisper'], requires('udp-whisper')).run();
    expect(outcome.arrivals).toContainEqual({ to: '203.0.113.66', body: 'a wallet\n' });
    await expectCaught(outcome, { to: /203\.0\.113\.66/, package: 'udp-whisper', version: '1.0.0', program: 'bash' });
    const [{ row } = {}] = outcome.bottle.calls(/203\.0\.113\.66/);
    expect(row).toMatchObject({ server: { port: 4444 }, event: { outcome: 'unknown' }, egress: { channel: 'udp' } });
    expect(row?.egress.sent).toBeUndefined();
  });

  attack('Shai-Hulud: another runtime is fetched, and asks for the machine’s credentials', async (bottle) => {
    const policy = 'version: 1\nextends: [egress:deny-metadata]\n';
    const outcome = await bottle(['tinycolor']).run({ command: NPM, policy });
    expect(outcome.arrivals.map(({ to }) => to)).toContain('169.254.169.254');
    const wanted = { package: 'tinycolor', version: '4.1.1', level: 'ALARM' } as const;
    await expectCaught(outcome, { ...wanted, to: /bun\.example/ });
    await expectCaught(outcome, { ...wanted, to: /169\.254/, program: 'curl', hint: 'credentials of the machine' });
    expect(outcome.stderr).toContain('cloud-metadata');
    const [{ process } = {}] = outcome.bottle.calls(/169\.254/);
    expect(process?.ancestry?.length).toBeGreaterThanOrEqual(3);
  });

  attack('a process of a session of its own calls when the program is over', async (bottle) => {
    const outcome = await bottle(['night-shift'], requires('night-shift')).run();
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ path: '/late' }));
    await expectCaught(outcome, { to: /203\.0\.113\.66/, package: 'night-shift', version: '1.0.0', program: 'node' });
  });

  attack('and where nobody waits for it, that is what is said', async (bottle) => {
    const env = { LATER_MS: '1500', LINGER_MS: '1700' };
    const outcome = await bottle(['night-shift'], requires('night-shift')).run({ flags: ['--wait', '0'], env });
    expect(outcome.bottle.workspace.gaps().map(({ reason }) => reason)).toContain('processes_outlived_run');
    expect(outcome.status).toBe(121);
    expect((await outcome.bottle.judged('--expect', 'none')).check.status).toBe(3);
  });
});

describe('an allowed host', () => {
  const rule = '  - { id: api, to: "api.github.example:80", package: [octokit], why: what we are }\n';
  const policy = `version: 1\nrules:\n${rule}`;

  attack('nx s1ngularity: a package that has no business there', async (bottle) => {
    const outcome = await bottle(['nx', 'octokit']).run({ command: NPM, policy });
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ body: 's1ngularity-repository' }));
    await expectCaught(outcome, { to: /github/, package: 'nx', version: '20.9.0' });
  });

  attack('and the one that has: all clear', async (bottle) => {
    const outcome = await bottle(['nx', 'octokit'], `require('octokit').user();`).run({ policy });
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ path: '/user' }));
    expect(outcome.status).toBe(0);
  });
});

describe('against the observers', () => {
  attack('hooks are removed, and the binding beneath them is used', async (bottle) => {
    const outcome = await bottle(['unhook'], requires('unhook')).run();
    await expectCaught(outcome, { to: /203\.0\.113\.66/, program: 'node', reason: 'beneath_hooks' });
  });

  attack('native code', async (bottle, skip) => {
    if (tools.addon === undefined) skip();
    const made = bottle(['native-thief'], requires('native-thief'));
    made.bottle.add('node_modules/native-thief/addon.node', tools.addon ?? '');
    await expectCaught(await made.run(), { to: /203\.0\.113\.66/, program: 'node', reason: 'beneath_hooks' });
  });

  attack('native code to an address that is expected', async (bottle, skip) => {
    if (tools.addon === undefined) skip();
    const made = bottle([], `require('./addon.node').connect(80);`);
    made.bottle.add('addon.node', tools.addon ?? '');
    expect((await made.run()).status).toBe(121);
  });

  attack('a call that was never made is told, to blame somebody else', async (bottle) => {
    const policy = 'version: 1\nrules:\n  - { id: api, to: "api.github.example:80", why: what we are }\n';
    const outcome = await bottle(['forger', 'octokit'], requires('forger')).run({ policy });
    const [{ row } = {}] = outcome.bottle.calls(/github/);
    expect(row?.egress).toMatchObject({ observer: 'hooks', reason: 'no_connection' });
    expect(outcome.bottle.calls(/\/hooks$/)).toMatchObject([{ row: { package: { name: 'forger' } } }]);
    expect(outcome.stderr).toContain('hooks told of what the kernel never saw');
    expect(outcome.status).toBe(121);
  });

  attack('the recorder is killed', async (bottle) => {
    const outcome = await bottle(['assassin'], requires('assassin')).run({ env: { LINGER_MS: '500' } });
    expect(outcome.arrivals).toContainEqual(expect.objectContaining({ path: '/unseen' }));
    expect(outcome.status).toBe(KILLED);
    const { check, report } = await outcome.bottle.judged('--expect', 'none');
    expect(check.status).toBe(3);
    expect(`${check.stdout}${report.stdout}`).not.toContain('ALL CLEAR');
  });
});

/** Of a lock file. */
const VUE = {
  '': { devDependencies: { '@vue/cli': '4' } },
  'node_modules/@vue/cli': { dependencies: { 'node-ipc': '*' } },
  'node_modules/node-ipc': {},
};

/** What world.mjs makes of a program that a signal ended. */
const KILLED = 199;
