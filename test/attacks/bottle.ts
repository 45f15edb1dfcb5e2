/** A project with an attack among its packages, run under egress in a network that nothing can leave. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NetRecord } from '../../src/event/net-record.js';
import type { SequencedRecord } from '../../src/event/record.js';
import type { ProcessRecord, SiteRecord } from '../../src/event/reference-record.js';
import { Workspace, type Outcome } from '../fixtures/recorded-run.js';

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');
const WORLD = path.join(import.meta.dirname, 'world.mjs');

/** Why the attacks cannot be tried here; undefined where they can. */
export const noBottle = ((): string | undefined => {
  const works = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;
  if (!works('unshare', '-Urnm', 'ip', 'link', 'set', 'lo', 'up')) return 'namespaces (unshare, ip) do not work here';
  return works('curl', '--version') ? undefined : 'there is no curl';
})();

/** What arrived on the attacker's side: the attack has to have worked, or nothing was caught. */
export interface Arrival {
  readonly to?: string;
  readonly host?: string;
  readonly path?: string;
  readonly body?: string;
  readonly asked?: string;
}

/** An outbound row with what it refers to. */
export interface Call {
  readonly row: SequencedRecord<NetRecord>;
  readonly process: ProcessRecord['process'] | undefined;
  readonly site: SiteRecord | undefined;
}

export class Bottle {
  readonly workspace = new Workspace();
  readonly #log = path.join(this.workspace.folder, 'arrivals');

  /** @param packages names under `packages`, all installed flat as npm does */
  constructor(packages: readonly string[], main = '') {
    const { folder } = this.workspace;
    this.write('package.json', '{ "name": "shop", "version": "1.0.0" }');
    this.write('app.js', main);
    for (const name of packages) {
      cpSync(path.join(import.meta.dirname, 'packages', name), path.join(folder, 'node_modules', name), {
        recursive: true,
      });
    }
  }

  write(name: string, text: string): string {
    const file = path.join(this.workspace.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  add(name: string, file: string): void {
    copyFileSync(file, path.join(this.workspace.folder, name));
  }

  /** `egress run FLAGS -- COMMAND` in the bottle. */
  async run(
    flags: readonly string[],
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const { folder, journal, keys } = this.workspace;
    const egress = [process.execPath, BIN, 'run', ...flags, '--', ...command];
    const child = spawn('unshare', ['-Urnm', process.execPath, WORLD, this.#log, ...egress], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        EGRESS_JOURNAL: journal,
        EGRESS_KEYS: keys,
        npm_config_update_notifier: 'false',
        ...env,
      },
      timeout: 120_000,
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { status, signal, ...text };
  }

  get arrivals(): Arrival[] {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Arrival);
  }

  /** Outbound calls whose host, address or question matches; what a resolver repeats is no call of its own. */
  calls(pattern: RegExp): Call[] {
    const records = this.workspace.records();
    const processes = records.filter(({ kind }) => kind === 'process') as SequencedRecord<ProcessRecord>[];
    const sites = records.filter(({ kind }) => kind === 'site') as SequencedRecord<SiteRecord>[];
    const rows = this.workspace.recordsOf('net').filter(({ network, server, dns, egress }) => {
      const named = [server?.address, network.peer?.address, dns?.question.name];
      return (
        network.direction === 'egress' &&
        egress.reason !== 'resolver' &&
        named.some((name) => name !== undefined && pattern.test(name))
      );
    });
    return rows.map((row) => ({
      row,
      process: processes.find(({ process }) => process.number === row.egress.proc)?.process,
      site: sites.find(({ site }) => site.number === row.egress.site),
    }));
  }

  /** What the other readers of the same journal make of it. */
  async judged(...policy: readonly string[]): Promise<{ readonly check: Outcome; readonly report: Outcome }> {
    const [check, report] = await Promise.all([
      this.workspace.egress(['policy', 'check', ...policy]),
      this.workspace.egress(['report', '--plain', ...policy]),
    ]);
    return { check, report };
  }

  remove(): void {
    this.workspace.remove();
  }
}
