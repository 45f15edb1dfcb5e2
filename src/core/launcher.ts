/** How a program is started. The recorder is given a launcher: a plain one, or one that also observes the kernel. */

/** Whose rights a program has, where they are not the recorder's. */
export interface ProgramUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups, the primary one among them. */
  readonly groups: readonly number[];
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user?: ProgramUser | undefined;
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
