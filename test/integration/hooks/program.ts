/** Starts a real program with the built preload, as `egress run` does. */
import { nodeVersions } from '../../fixtures/node-versions.js';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ENV_HOOKS, ENV_SOCKET, ENV_TOKEN } from '../../../src/event/frame.js';
import type { HookSettings } from '../../../src/event/frame.js';

const root = path.resolve(import.meta.dirname, '../../..');
export const preload = path.join(root, 'dist/hooks/preload.cjs');
const fixtures = path.join(root, 'test/fixtures/hooks');

/** Node binaries to test on. */
export const nodes = nodeVersions;

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface Program {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

export interface ProgramOptions {
  readonly node?: string;
  readonly socket: string;
  readonly nodeArgs?: readonly string[];
  readonly args?: readonly string[];
  readonly settings?: Partial<HookSettings>;
  readonly env?: NodeJS.ProcessEnv;
}

export function start(fixture: string, options: ProgramOptions): Program {
  const settings: HookSettings = {
    disabled: [],
    strict: false,
    safeHeaders: [],
    fingerprintBytesMax: 1_048_576,
    ...options.settings,
  };
  const began = performance.now();
  const args = [...(options.nodeArgs ?? []), path.join(fixtures, fixture), ...(options.args ?? [])];
  const child = spawn(options.node ?? process.execPath, args, {
    env: {
      PATH: process.env['PATH'],
      [ENV_SOCKET]: options.socket,
      [ENV_TOKEN]: 'token',
      [ENV_HOOKS]: JSON.stringify(settings),
      NODE_OPTIONS: `--require "${preload}"`,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, ms: performance.now() - began });
    });
  });
  return { child, outcome };
}
