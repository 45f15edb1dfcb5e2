/** How much was sent and received, where it is also said of how many calls nobody knows. */
import type { CallSums } from '../rollup/flow.js';
import { bytesText } from '../text/quantity-text.js';

type Sent = Pick<CallSums, 'calls' | 'sent' | 'unsizedSent'>;
type Received = Pick<CallSums, 'calls' | 'received' | 'unsizedReceived'>;

export const sentText = ({ calls, sent, unsizedSent }: Sent): string => sizeText(calls, sent, unsizedSent);

export const receivedText = ({ calls, received, unsizedReceived }: Received): string =>
  sizeText(calls, received, unsizedReceived);

/** `1.2 kB`; `?` where it is known of none of the calls, `≥ 1.2 kB` where it is not known of some. */
function sizeText(calls: number, bytes: number, unsized: number): string {
  if (isUnknown(calls, bytes, unsized)) return '?';
  return unsized > 0 ? `≥ ${bytesText(bytes)}` : bytesText(bytes);
}

/** For `--json`: null where it is known of none of the calls. */
export function sizesJson({ calls, sent, received, unsizedSent, unsizedReceived }: Sent & Received): object {
  return {
    ...{ sent: sizeJson(calls, sent, unsizedSent), unsized: unsizedSent },
    ...{ received: sizeJson(calls, received, unsizedReceived), unsized_received: unsizedReceived },
  };
}

export const sizeJson = (calls: number, bytes: number, unsized: number): number | null =>
  isUnknown(calls, bytes, unsized) ? null : bytes;

const isUnknown = (calls: number, bytes: number, unsized: number): boolean =>
  unsized > 0 && unsized >= calls && bytes === 0;
