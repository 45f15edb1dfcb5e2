/** What `egress export --bundle` says: what was written, what it tells, and how it is handed over. */
import type { PartVerification } from '../../audit/parts/part-verification.js';
import type { Verification } from '../../audit/verification.js';
import { printable } from '../../core/printable.js';
import type { Palette } from '../text/palette.js';
import { partHeadline } from '../verify/part-text.js';
import { countText } from '../text/quantity-text.js';
import { field } from '../verify/verify-text.js';

/** Without a final newline. */
export function writtenText(
  verification: Verification | PartVerification,
  { target, files }: { readonly target: string; readonly files: number },
  colour: Palette,
): string {
  const where = printable(target, { max: 200 });
  const { head, verdict } = verification;
  const what = 'part' in verification ? partHeadline(verification) : `the whole journal${countOf(verification)}`;
  const lines = [`${colour.green('✓ EXPORTED')}   ${what}`, '', field('Bundle', `${where}   ${files} files`)];
  if ('part' in verification) {
    const kinds = Object.entries(verification.shown.kinds).map(
      ([kind, count]) => `${count} ${printable(kind, { max: 32 })}`,
    );
    lines.push(field('Discloses', kinds.join(', ')));
  }
  if (head !== undefined) lines.push(field('Head', `${head.size}:${head.root}`));
  lines.push(field('Next', `egress verify ${where} --key KEY`));
  lines.push(field('', 'Give the key and the head on another way than the bundle: docs/EVIDENCE.md'));
  const [finding] = verification.findings;
  if (verdict === 'NOT_VERIFIED' && finding !== undefined) {
    lines.push('', colour.red(`✗ NOT VERIFIED   the journal in it does not verify: ${printable(finding.message)}`));
    lines.push('  It was copied as it is: evidence of the change, and not of the calls.');
  }
  if (verdict === 'NOT_CHECKED') {
    lines.push(
      '',
      colour.yellow('? NOT CHECKED   the journal in it was not verified: no key of it is known here (--key)'),
    );
  }
  return lines.join('\n');
}

/** Nothing is counted where nothing was checked. */
function countOf({ verdict, records }: Verification): string {
  return verdict === 'NOT_CHECKED' ? '' : `, ${countText(records, 'record')}`;
}
