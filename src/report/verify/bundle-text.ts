import type { BundleVerification } from '../../audit/verify-bundle.js';
import type { Palette } from '../text/palette.js';
import { partText } from './part-text.js';
import { verifyText } from './verify-text.js';

/** The verdict on a bundle, in the words for what is in it. Without a final newline. */
export function bundleText(result: BundleVerification, colour: Palette, columns?: number): string {
  return 'part' in result ? partText(result, colour, columns) : verifyText(result, colour);
}
