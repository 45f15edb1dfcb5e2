/**
 * Loaded by `--require` into every thread of the observed program, before its first line. Outside of a run, and when
 * the recorder is out of reach, it changes nothing at all.
 */
import { syncBuiltinESMExports } from 'node:module';
import { setCapture } from './bodies/capture.js';
import { patchChildProcess } from './processes/child-process.js';
import { patchClientRequest } from './protocols/client-request.js';
import { patchDns } from './protocols/dns.js';
import { patchExit } from './processes/exit.js';
import { configureFingerprint } from './fingerprint.js';
import { configureHeaders } from './header-lists.js';
import { patchHttp2WhenLoaded } from './protocols/http2.js';
import { observeMessages } from './bodies/message-bodies.js';
import { patchMessages } from './processes/messages.js';
import { attempt, onUndo, undoAll } from './patch.js';
import { configurePaths } from './protocols/request-text.js';
import { patchServer } from './protocols/server.js';
import { readEnvironment } from './settings.js';
import { onUse, patchSocket, patchTcpHandle, tcpPrototype } from './protocols/socket.js';
import { observeUpgrades } from './bodies/socket-bodies.js';
import { openChannel } from './thread.js';
import { patchUdp } from './protocols/udp.js';
import { observeUndici } from './protocols/undici.js';
import { patchWorker } from './processes/worker.js';

const LOADED = Symbol.for('egress.hooks');

/** Deno follows NODE_OPTIONS too, but its calls go past Node's modules: it is what the kernel observer sees of it. */
function isForeignRuntime(): boolean {
  return 'deno' in process.versions || 'bun' in process.versions;
}

function start(): void {
  const environment = readEnvironment(process.env);
  if (environment === undefined || LOADED in process || isForeignRuntime()) return;
  Object.defineProperty(process, LOADED, { value: true });
  configureFingerprint(environment.fingerprintBytesMax);
  configureHeaders(environment.strict, environment.safeHeaders);
  configurePaths(environment.strict);
  const channel = openChannel(environment);
  onUndo(syncBuiltinESMExports);
  attempt('tcp', () => {
    patchTcpHandle(tcpPrototype(), channel.pipeHandle);
    patchSocket();
  });
  attempt('http', patchClientRequest);
  attempt('ingress', patchServer);
  attempt('fetch', observeUndici);
  attempt('udp', patchUdp);
  attempt('dns', patchDns);
  attempt('child_process', () => {
    patchChildProcess(environment);
  });
  attempt('worker', () => {
    patchWorker(environment);
  });
  attempt('exit', patchExit);
  attempt('messages', patchMessages);
  onUse(patchHttp2WhenLoaded);
  observeMessages();
  observeUpgrades();
  setCapture(environment.capture);
  // ES modules hold copies of what builtin modules exported.
  syncBuiltinESMExports();

  channel.greet();
}

try {
  start();
} catch {
  // No recorder: the program runs as if egress was not there, and the recorder notes that it never joined.
  undoAll();
}
