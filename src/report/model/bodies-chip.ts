/** Whether bodies are, or were, captured, and what came of it. */
import type { Verification } from '../../audit/verification.js';
import { printable } from '../../core/printable.js';
import { countText } from '../text/quantity-text.js';
import type { BodyEvent } from '../rollup/body-log.js';
import type { Rollup } from '../rollup/rollup.js';
import type { Chip } from './chip.js';
import { momentText } from './group-text.js';

/** @param verification undefined where the journal was not checked */
export function bodiesChip({ bodies, last, tallies }: Rollup, verification: Verification | undefined): Chip {
  const { captures, stored } = bodies.facts;
  const counted = stored.count > 0 ? ({ query: { kind: 'body.stored' } } as const) : {};
  const isUnauthorized = verification?.findings.some(({ code }) => code === 'BODY_UNAUTHORIZED') === true;
  if (isUnauthorized || tallies.all.some(({ bodiesWhileOff }) => bodiesWhileOff > 0)) {
    return { name: 'Bodies', state: 'failed', meaning: 'a body was stored that no officer had ordered', ...counted };
  }
  const newest = captures.at(-1);
  if (newest !== undefined) {
    const isOn = newest.ended === undefined && (newest.until ?? '') > last;
    const name = isOn ? 'Bodies ON' : 'Bodies were ON';
    return {
      name,
      state: 'warning',
      meaning: `${captureText(newest)}${moreText(captures.length)}; ${usedText(bodies)}`,
      ...counted,
    };
  }
  if (stored.count > 0) return { name: 'Bodies stored', state: 'warning', meaning: usedText(bodies), ...counted };
  if (verification === undefined) {
    return { name: 'Bodies OFF', state: 'none', meaning: 'no record says that one was captured; not verified yet' };
  }
  return { name: 'Bodies OFF', state: 'ok', meaning: 'capture was never on, and no body is stored' };
}

/** `captured until 2026-10-20 14:00:00Z (#7)`. */
function captureText({ seq, until, ended, match }: BodyEvent): string {
  const of = match === undefined ? '' : ` of ${printable(match, { max: 64 })}`;
  return `captured${of} until ${momentText(ended ?? until ?? '')} by order #${seq}`;
}

const moreText = (orders: number): string => (orders > 1 ? `, the last of ${orders} orders` : '');

function usedText({ facts: { stored, reads, grants } }: Rollup['bodies']): string {
  return `${stored.count} stored, ${countText(reads.length, 'reading')}, ${countText(grants.length, 'grant')}`;
}
