/**
 * Cards: the public side of an officer, or of a reader. A card is signed with its own key, so that a recipient cannot be
 * put under another's name on the way.
 *
 * Its form is a signed note: a title, the verifier key, the age recipient. In the journal it is one line of the two.
 */
import { EgressError } from '../core/error.js';
import type { VerifySignature } from '../keys/ed25519.js';
import type { Signer } from '../keys/ed25519.js';
import { parseNote, signNote, verifyNote } from '../keys/note.js';
import { parseVerifierKey, type VerifierKey } from '../keys/verifier-key.js';
import type { AgeRecipient } from './age.js';

const TITLE = 'egress-officer-card/v1';
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
/** Each card stands in the state of every later segment, which is one line. */
export const OFFICER_NAME_CHARS_MAX = 64;

export interface OfficerCard {
  readonly key: VerifierKey;
  readonly recipient: AgeRecipient;
  /** `<verifier key> <age recipient>` */
  readonly line: string;
}

function invalid(why: string, cause?: unknown): EgressError {
  return new EgressError('CARD_INVALID', `not an officer’s card: ${why}`, {
    hint: 'egress officer init FILE writes one to FILE.card.',
    cause,
  });
}

export function formatCard(key: VerifierKey, recipient: AgeRecipient, signer: Signer): Uint8Array {
  return signNote(`${TITLE}\n${key.text}\n${recipient}\n`, key, signer);
}

/** @throws CARD_INVALID */
export function parseCard(bytes: Uint8Array, verify: VerifySignature): OfficerCard {
  let note: ReturnType<typeof parseNote>;
  try {
    note = parseNote(bytes);
  } catch (error) {
    throw invalid('it is no signed note', error);
  }
  const [title, key = '', recipient = '', end, ...more] = note.text.split('\n');
  if (title !== TITLE || end !== '' || more.length > 0) throw invalid('it has another form');
  const card = parseOfficerLine(`${key} ${recipient}`);
  if (!verifyNote(note, card.key, verify)) throw invalid('it is not signed by the key that it names');
  return card;
}

/** @throws CARD_INVALID */
export function parseOfficerLine(line: string): OfficerCard {
  const [keyText = '', recipient = '', ...more] = line.split(' ');
  if (more.length > 0 || !RECIPIENT.test(recipient)) throw invalid('it does not name a key and a recipient');
  let key: VerifierKey;
  try {
    key = parseVerifierKey(keyText);
  } catch (error) {
    throw invalid('its verifier key is malformed', error);
  }
  if (key.name.length > OFFICER_NAME_CHARS_MAX) {
    throw invalid(`its name is longer than ${OFFICER_NAME_CHARS_MAX} characters`);
  }
  return { key, recipient, line };
}
