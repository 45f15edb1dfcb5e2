/** How a program is started. The recorder is given a launcher: a plain one, or one that also observes the kernel. */

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a program ended: an exit code, or the name of the signal that ended it. */
export interface Exit {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

export interface LaunchedProgram {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

export interface Launcher {
  /** @throws TARGET_NOT_FOUND, TARGET_NOT_EXECUTABLE */
  launch(command: Command): Promise<LaunchedProgram>;
}
