/** Capture as the journal's own records order it, into the journal's own store. */
import type { JournalWriter } from '../../journal/writer.js';
import { keyBase, keyDirectory } from '../../keys/key-directory.js';
import type { CaptureSource } from './run-capture.js';

/** @param bytesMax of one body */
export function captureSource(writer: JournalWriter, bytesMax: number): CaptureSource {
  const { directory } = writer;
  return {
    bytesMax,
    mandate: () => writer.capture,
    sealing: {
      place: {
        journal: directory,
        keyDirectory: keyDirectory(keyBase(process.env), directory),
        uid: process.getuid?.(),
      },
      worker: new URL('../recorder/seal-worker.js', import.meta.url),
      segment: () => writer.segment,
    },
  };
}
