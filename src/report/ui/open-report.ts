import { constants } from 'node:os';
import type { ChalkInstance } from 'chalk';
import type { ReportSource } from '../model/report-source.js';
import { ReportApp } from '../screen/report-app.js';
import { enterScreen, keyboard, withoutErasing } from './terminal.js';

export interface OpenOptions {
  readonly colour: ChalkInstance;
  readonly ascii: boolean;
  readonly spoken: boolean;
  /** Follow what is being recorded from the beginning. */
  readonly follow: boolean;
}

const ENDING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT'];

/**
 * Shows the report until somebody leaves it. Resolves with the exit code: 0, or 128 and the number of the signal that
 * ended it.
 * @returns undefined, and shows nothing, where no keys can be read
 */
export async function openReport(sources: readonly ReportSource[], options: OpenOptions): Promise<number | undefined> {
  const stdin = keyboard();
  if (stdin === undefined) return undefined;
  // Ink would connect to a debugger's port under DEV, and draw nothing where it takes a variable for a sign of CI.
  delete process.env['DEV'];
  process.env['CI'] = 'false';
  // React reads it when it is loaded: its other build checks itself at each frame.
  process.env['NODE_ENV'] = 'production';
  const { show } = await import('./app.js');
  const { colour, ascii, spoken, follow } = options;
  let code = 0;
  let unmount = (): void => undefined;
  const quit = (): void => {
    unmount();
  };
  const app = new ReportApp(sources, follow, quit);
  const ended = (signal: NodeJS.Signals): void => {
    code = 128 + constants.signals[signal];
    quit();
  };
  for (const signal of ENDING) process.on(signal, ended);
  const leave = spoken ? (): void => undefined : enterScreen();
  try {
    const { stdout } = process;
    const props = { app, look: { colour, ascii, spoken }, stdout, onQuit: quit };
    const shown = show(props, { stdin, stdout: withoutErasing(stdout), isScreenReaderEnabled: spoken });
    ({ unmount } = shown);
    await shown.waitUntilExit();
    return code;
  } finally {
    leave();
    app.close();
    for (const signal of ENDING) process.off(signal, ended);
    if (stdin !== process.stdin) stdin.destroy();
  }
}
