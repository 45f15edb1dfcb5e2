import { printable } from '../core/printable.js';
import { countText } from '../report/text/quantity-text.js';
import type { About } from './about.js';

/** What was written, and how its reader comes to believe it. */
export function pageWrittenText(file: string, { isComplete, records, key }: About): string {
  const name = printable(file, { max: 400 });
  return [
    `✓ EXPORTED   ${countText(records, 'record')} as a page: ${name}`,
    isComplete
      ? '  Check       it checks itself in the browser, with what it holds'
      : '  Check       too large to be held: drop the journal’s folder onto the page',
    `  Key         ${printable(key, { max: 400 })}`,
    '  Next        give key and head to the reader on another way than the page:',
    '              egress head',
  ].join('\n');
}
