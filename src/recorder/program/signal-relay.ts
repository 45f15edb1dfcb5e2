/** Signals that are sent to `egress run` are meant for the program. */
import type { LaunchedProgram } from '../../core/launcher.js';
import { processStatus } from '../../system/process-status.js';

const RELAYED = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** What a terminal sends to its whole foreground group: the program has it already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);

function isInForeground(): boolean {
  const status = processStatus('self');
  if (status === undefined) return process.stdin.isTTY;
  return status.terminalGroup > 0 && status.terminalGroup === status.processGroup;
}

/**
 * From here on no signal of the list ends the recorder; before the program runs they are kept for it.
 * @param beforeRelay hands over what the program has not yet reported; bounded in time
 */
export class SignalRelay {
  #program: LaunchedProgram | undefined;
  readonly #pending: NodeJS.Signals[] = [];
  readonly #beforeRelay: () => Promise<void>;

  constructor(beforeRelay: () => Promise<void>) {
    this.#beforeRelay = beforeRelay;
    for (const signal of RELAYED) process.on(signal, this.#receive);
  }

  attach(program: LaunchedProgram): void {
    this.#program = program;
    for (const signal of this.#pending.splice(0)) program.kill(signal);
  }

  close(): void {
    for (const signal of RELAYED) process.off(signal, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    if (FROM_TERMINAL.has(signal) && isInForeground()) return;
    if (this.#program === undefined) {
      this.#pending.push(signal);
      return;
    }
    const program = this.#program;
    void this.#beforeRelay().then(() => {
      program.kill(signal);
    });
  };
}
