/** Starts a program bare, under `egress run`, or with OpenTelemetry, and talks with it by lines. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

export const root = path.resolve(import.meta.dirname, '../..');
/** Another build can be measured: its folder, with bin and dist. */
const build = path.resolve(process.env['EGRESS_BENCH_BUILD'] ?? root);
export const egressBin = path.join(build, 'bin/run.js');
export const program = (name) => path.join(import.meta.dirname, 'programs', name);

export const isOtelInstalled = existsSync(
  path.join(import.meta.dirname, 'node_modules/@opentelemetry/auto-instrumentations-node'),
);

/** Settings of whoever runs the benchmarks must not change what is measured. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(EGRESS_|OTEL_|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name),
  );
  return Object.fromEntries(kept);
}

export class Folder {
  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), 'egress-bench-'));
    this.journal = path.join(this.path, 'journal');
    this.summaryFile = path.join(this.path, 'summary.json');
    this.env = {
      ...cleanEnvironment(),
      EGRESS_JOURNAL: this.journal,
      EGRESS_KEYS: path.join(this.path, 'keys'),
    };
  }
  get summary() {
    return JSON.parse(readFileSync(this.summaryFile, 'utf8'));
  }
  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** @returns the words that start `command` under a variant */
function launch(variant, command, folder) {
  const [file, ...args] = command;
  if (variant === 'egress') {
    return [process.execPath, egressBin, 'run', '--summary-file', folder.summaryFile, '--', file, ...args];
  }
  if (variant === 'otel') return [file, '--require', program('otel.cjs'), ...args];
  return command;
}

export class Subject {
  #child;
  #lines;
  #stderr = '';

  constructor(variant, command) {
    this.variant = variant;
    this.folder = new Folder();
    const [file, ...args] = launch(variant, command, this.folder);
    const env = { ...this.folder.env, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    this.#child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      if (this.#stderr.length < 65_536) this.#stderr += text;
    });
    this.#lines = readline.createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Of the recorder, where there is one. */
  get pid() {
    return this.#child.pid;
  }

  async line() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the program ended early (${this.variant}):\n${this.#stderr}`);
    return value;
  }

  ask(text) {
    this.#child.stdin.write(`${text}\n`);
    return this.line();
  }

  /** Waits for a program that ends by itself. */
  async ended() {
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Ends the program, and leaves its folder. */
  async end() {
    this.#child.stdin.end();
    await this.ended();
  }

  /** Ends the program. @returns how many calls its recorder saw, and how many of them were lost */
  async stop() {
    await this.end();
    const spans = /^spans (\d+)$/m.exec(this.#stderr);
    const summary = this.variant === 'egress' ? this.folder.summary : undefined;
    this.folder.remove();
    return { seen: summary?.calls ?? Number(spans?.[1] ?? 0), lost: summary?.lost ?? 0 };
  }

  kill() {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    this.folder.remove();
  }
}
