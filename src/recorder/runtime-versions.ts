import os from 'node:os';
import type { RunOpenRecord } from '../event/record.js';

/** What recorded a run: `versions` of `run.open` and `session.open`. */
export function runtimeVersions(egress: string): RunOpenRecord['versions'] {
  const system = `${os.type().toLowerCase()} ${os.release()} ${os.arch()}`;
  return { egress, node: process.versions.node, os: system };
}
