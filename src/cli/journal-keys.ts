import { string } from '@oclif/core/flags';
import { parseKeyArgument } from '../audit/heads/pinned-key.js';
import type { VerifierKey } from '../keys/verifier-key.js';

/** Of commands that read several journals: the name in a key decides which is whose. */
export const journalKeyFlags = {
  key: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'Key that the journals may begin with, or a file with it; once for each',
    helpValue: '<key|file>',
  }),
};

/** @throws KEY_MISSING, KEY_INVALID */
export function givenKeys({ key = [] }: { readonly key?: readonly string[] | undefined }): readonly VerifierKey[] {
  return key.map((one) => parseKeyArgument(one));
}
