/** A recorder reduced to its socket: takes frames in, and can be told to stall or to die. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CAPTURE_REQUEST, FLUSH_REQUEST } from '../../../src/event/frame.js';
import type { CallFrame, CaptureOrder, Frame } from '../../../src/event/frame.js';
import { FrameDecoder } from '../../../src/event/frame-decoder.js';
import { plainFrame } from '../../fixtures/plain-frame.js';

type FrameOf<T extends Frame['t']> = T extends CallFrame['t'] ? CallFrame : Extract<Frame, { readonly t: T }>;

export class Collector {
  readonly socketPath: string;
  readonly frames: Frame[] = [];
  /** Frames by connection, in order of arrival. */
  readonly peers: Frame[][] = [];
  readonly #folder: string;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #isStalled = false;

  private constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'egress-hooks-'));
    this.socketPath = path.join(this.#folder, 'recorder.sock');
    this.#server = net.createServer((socket) => {
      this.#accept(socket);
    });
  }

  static async open(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(collector.socketPath);
    await once(collector.#server, 'listening');
    return collector;
  }

  #accept(socket: net.Socket): void {
    const frames: Frame[] = [];
    this.peers.push(frames);
    this.#sockets.add(socket);
    const decoder = new FrameDecoder();
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      const data = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = data.indexOf('\n'); end >= 0; end = data.indexOf('\n', start)) {
        const frame = decoder.decode(data, start, end);
        if (frame === undefined) throw new Error(`not a frame: ${data.toString('utf8', start, end)}`);
        frames.push(plainFrame(frame));
        this.frames.push(plainFrame(frame));
        start = end + 1;
      }
      rest = data.subarray(start);
    });
    if (this.#isStalled) socket.pause();
  }

  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  requestFlush(): void {
    for (const socket of this.#sockets) socket.write(Buffer.of(FLUSH_REQUEST));
  }

  order(order: CaptureOrder | undefined): void {
    const text = `${String.fromCharCode(CAPTURE_REQUEST)}${order === undefined ? '' : JSON.stringify(order)}\n`;
    for (const socket of this.#sockets) socket.write(text);
  }

  /** Dies as by SIGKILL: connections break, the socket file stays. */
  die(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  of<T extends Frame['t']>(t: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.t === t);
  }

  ends(matching: Partial<CallFrame> = {}): CallFrame[] {
    return this.of('end').filter((frame) =>
      Object.entries(matching).every(([key, value]) => frame[key as keyof CallFrame] === value),
    );
  }

  /** Waits until a condition of the frames holds; fails after a while. */
  async until(holds: () => boolean, ms = 10_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`frames so far: ${JSON.stringify(this.frames.slice(-20))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** All that the peers sent before they closed. */
  async drained(): Promise<void> {
    await this.until(() => this.#sockets.size === 0);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
