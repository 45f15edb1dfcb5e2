/** SHA-256 of a request body as it was passed to the API, whichever way it came in pieces. */
import type { Hash } from 'node:crypto';
import { bufferFrom, byteLength, getBuiltinModule, isView } from './primordials.js';

let bytesMax = 0;
let crypto: typeof import('node:crypto') | undefined;

export function configureFingerprint(fingerprintBytesMax: number): void {
  bytesMax = fingerprintBytesMax;
}

export class Fingerprint {
  #bytes = 0;
  #hash: Hash | undefined = undefined;
  /** Too long, of an unknown type, or something went by unseen: no fingerprint rather than a wrong one. */
  #isVoid = false;

  /** `chunk` in the order of the program's writes. */
  add(chunk: unknown, encoding?: unknown): void {
    if (this.#isVoid || chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const isText = typeof chunk === 'string';
    if (!isText && !isView(chunk)) {
      this.#isVoid = true;
      return;
    }
    const isEncoded = isText && typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8';
    const data = isEncoded ? bufferFrom(chunk, encoding as BufferEncoding) : chunk;
    this.#bytes += typeof data === 'string' ? byteLength(data) : data.byteLength;
    if (this.#bytes > bytesMax) {
      this.#isVoid = true;
      this.#hash = undefined;
      return;
    }
    crypto ??= getBuiltinModule('node:crypto');
    (this.#hash ??= crypto.createHash('sha256')).update(data as Uint8Array);
  }

  /** Hex, once; empty if there was no body or it was not seen whole. */
  digest(): string {
    const hash = this.#hash;
    this.#hash = undefined;
    return hash === undefined || this.#isVoid ? '' : hash.digest('hex');
  }

  discard(): void {
    this.#isVoid = true;
  }
}
