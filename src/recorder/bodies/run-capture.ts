/** Capture within one run: its records go into the run's journal, its losses to the run's gaps. */
import { formatMicros } from '../../core/timestamp.js';
import { Capture, type CaptureOptions } from './capture.js';
import type { Session } from '../session.js';

/** Where orders come from, and where bodies go. */
export type CaptureSource = Pick<CaptureOptions, 'bytesMax' | 'mandate' | 'sealing'>;

/** @param session of the run; it is made after its capture */
export function runCapture(source: CaptureSource, now: () => number, session: () => Session): Capture {
  return new Capture({
    ...source,
    listeners: () => session().connectedPeers,
    onStored(body) {
      session().rows.note({ kind: 'body.stored', time: formatMicros(now()), body });
    },
    onExpired({ seq, until }) {
      const forensics = { enabled: seq, until };
      session().rows.note({ kind: 'forensics.expired', time: formatMicros(now()), forensics });
    },
    onGap(reason, count, pid) {
      session().rows.gap(reason, count, pid === undefined ? {} : { pid });
    },
  });
}
