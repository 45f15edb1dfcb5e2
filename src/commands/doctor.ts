import { fileURLToPath } from 'node:url';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-code.js';
import { failureOf } from '../cli/failure.js';
import { diagnosisText, isHealthy, type Check } from '../report/doctor/diagnosis.js';
import { examine } from '../report/doctor/doctor.js';
import { strayVariables } from '../settings/stray-variable.js';

interface SettingsChecks {
  readonly journal: string;
  readonly isEnforced: boolean;
  readonly checks: readonly Check[];
}

export default class Doctor extends EgressCommand {
  static override summary = 'Say what will work here, and what to do about the rest.';
  static override description =
    'Looks at the machine, the settings and the folders that egress run would use.\nIt writes one small file beside the journal, syncs and removes it. Exit code 1: egress run would not work.';

  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];
  static override args = { journal: journalArg };

  async run(): Promise<unknown> {
    const { args } = await this.parse(Doctor);
    const { ffi } = await import('../system/ffi.js');
    const { accessLists } = await import('../system/access-lists.js');
    const { kernelSupport } = await import('../kernel/kernel-support.js');
    const bindings = ffi();
    const { journal, isEnforced, checks: settings } = await this.#settingsChecks(args.journal);
    const { guardedSegments } = await import('../recorder/upkeep/guarded-segments.js');
    const { accessState } = await import('../recorder/upkeep/foundation.js');
    const checks = examine({
      journal,
      env: process.env,
      platform: process.platform,
      nodeVersion: process.versions.node,
      uid: process.getuid?.(),
      preload: fileURLToPath(new URL('../hooks/preload.cjs', import.meta.url)),
      ffiReason: 'reason' in bindings ? bindings.reason : undefined,
      access: accessState(journal),
      accessLists,
      kernel: kernelSupport(),
      enforcement: { isOn: isEnforced, ...guardedSegments(journal) },
    }).concat(settings);
    if (!isHealthy(checks)) process.exitCode = EXIT.negative;
    if (this.jsonEnabled()) return { ok: isHealthy(checks), checks };
    this.print(diagnosisText(checks, this.colour()));
    return undefined;
  }

  /** Broken settings are a finding here, not a failure of this command. */
  async #settingsChecks(positional: string | undefined): Promise<SettingsChecks> {
    const name = 'settings';
    const strays = strayVariables(process.env).map(({ name: variable, suggestion }): Check => {
      return {
        name,
        status: 'warning',
        says: `${variable} is no setting`,
        ...(suggestion ? { advice: suggestion } : {}),
      };
    });
    try {
      const settings = await this.settings();
      const changed = Object.values(settings).filter(({ from }) => from !== 'default').length;
      const off: Check = {
        name,
        status: 'failed',
        says: 'egress is switched off',
        advice: `See ${settings.enabled.place ?? '?'}.`,
      };
      const fine: Check = {
        name,
        status: 'ok',
        says: changed === 0 ? 'defaults' : `${changed} set, the others default`,
      };
      return {
        journal: await this.journalPath(positional),
        isEnforced: settings.enforce.value,
        checks: [settings.enabled.value ? fine : off, ...strays],
      };
    } catch (error) {
      const { message, hint } = failureOf(error);
      const broken: Check = { name, status: 'failed', says: message, ...(hint === undefined ? {} : { advice: hint }) };
      return { journal: positional ?? '.egress', isEnforced: false, checks: [broken, ...strays] };
    }
  }
}
