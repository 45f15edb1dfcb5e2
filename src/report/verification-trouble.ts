import type { Verification } from '../audit/verification.js';

/** What does not verify may be anything: it is no ground for saying that nothing was unexpected. */
export function verificationTrouble({ verdict, findings, obstacle }: Verification): string[] {
  if (verdict === 'NOT_VERIFIED') return [`the journal did not verify: ${findings[0]?.message ?? '?'}`];
  return verdict === 'NOT_CHECKED' ? [`the journal was not verified: ${obstacle?.message ?? '?'}`] : [];
}
