import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';

/**
 * What a command that is started alone needs of oclif: no other command is known, and no hook. Programs wait for
 * `egress run`, and reading the rest would take a tenth of the time until they start.
 */
export class LoneConfig extends Config {
  /** @param bin URL of the script in bin, beside which package.json lies */
  constructor(bin: string) {
    super({ root: fileURLToPath(bin) });
    const manifest = readFileSync(new URL('../package.json', bin), 'utf8');
    const { name, version } = JSON.parse(manifest) as Readonly<Record<'name' | 'version', string>>;
    Object.assign(this, { name, version, bin: name });
  }

  override runHook(): Promise<{ successes: []; failures: [] }> {
    return Promise.resolve({ successes: [], failures: [] });
  }

  /** Another command: now the rest is read. */
  override async runCommand<T>(id: string, argv?: string[]): Promise<T> {
    await this.load();
    return super.runCommand<T>(id, argv);
  }
}
