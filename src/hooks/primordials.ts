/**
 * Everything of the platform that the hooks call after start-up, as it was before the program ran a line. Programs and
 * test frameworks delete, replace and fake globals; the hooks must go on working, and must not be fooled by a fake clock.
 */
import { Buffer as NodeBuffer } from 'node:buffer';
import { fstatSync, writeSync } from 'node:fs';

export const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
export const { isArray } = Array;
export const { parse, stringify } = JSON;
export const ErrorConstructor = Error;
export const { captureStackTrace } = Error;
export const MapConstructor = Map;
export const ProxyConstructor = Proxy;
export const UrlConstructor = URL;
export const { floor, min, round } = Math;
export const { allocUnsafeSlow, byteLength, from: bufferFrom } = NodeBuffer;
export const { base64Slice, latin1Slice, latin1Write } = NodeBuffer.prototype as unknown as {
  base64Slice: (from: number, to: number) => string;
  latin1Slice: (start: number, end: number) => string;
  latin1Write: (text: string, offset: number, length: number) => number;
};
export const { isView } = ArrayBuffer;
export { fstatSync, writeSync };

const { performance } = globalThis;
/** Start of this thread, ms since the Unix epoch. */
export const { timeOrigin } = performance;
/** Monotonic ms since `timeOrigin`. */
export const now: () => number = performance.now.bind(performance);

export const { setTimeout, setImmediate, queueMicrotask } = globalThis;
/** Loads a builtin module when it is first needed (Node 20.16). */
export const getBuiltinModule: typeof process.getBuiltinModule = process.getBuiltinModule.bind(process);

const pause = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;
/** Blocks the thread for about one millisecond; only ever used in bounded loops while the process is exiting. */
export function sleepOneMillisecond(): void {
  wait(pause, 0, 0, 1);
}

/** A value of Node's internals: no type would be truer. */
export type Foreign = any;
export type ForeignFunction = (this: Foreign, ...args: Foreign[]) => Foreign;
