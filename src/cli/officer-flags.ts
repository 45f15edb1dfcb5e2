import { string } from '@oclif/core/flags';
import { EgressError } from '../core/error.js';

/** Of every command that signs as an officer. */
export const keyringFlags = {
  keyring: string({ description: 'The officer’s keyring', helpValue: '<file>', env: 'EGRESS_KEYRING' }),
  'passphrase-file': string({ description: 'File with the keyring’s passphrase', helpValue: '<file>' }),
};

/** Of commands whose statement may be carried to the custodian's account. */
export const signingFlags = {
  ...keyringFlags,
  out: string({ description: 'Write the signed statement here; hand nothing in', helpValue: '<file>' }),
};

export const whyFlag = string({ description: 'The reason; it is recorded', helpValue: '<text>' });

/** @throws USAGE */
export function requireFlag(value: string | undefined, flag: string, hint: string): string {
  if (value !== undefined && value !== '') return value;
  throw new EgressError('USAGE', `--${flag} is missing`, { hint });
}
