import { decodeBase64 } from '../core/bytes.js';
import type { EmbeddedFile } from './about.js';

/** The file's bytes as they lay in the journal's folder. */
export function embeddedBytes(file: EmbeddedFile): Uint8Array<ArrayBuffer> {
  return new Uint8Array('text' in file ? new TextEncoder().encode(file.text) : (decodeBase64(file.base64) ?? []));
}
