/** Officers, as the state of a journal names them. */
import type { ChalkInstance } from 'chalk';
import { encodeHex } from '../../core/bytes.js';
import { printable } from '../../core/printable.js';
import type { OfficerState } from '../../event/officer-state.js';
import { keyFingerprint, parseVerifierKey } from '../../keys/verifier-key.js';
import { parseOfficerLine } from '../../officers/officer-card.js';
import { countText } from '../text/quantity-text.js';

interface OfficerEntry {
  readonly name: string;
  /** Key id, eight hex digits. */
  readonly id: string;
  readonly key: string;
}

export interface OfficersView {
  readonly officers: readonly (OfficerEntry & { readonly recipient: string })[];
  readonly revoked: readonly OfficerEntry[];
  readonly recovery?: OfficerEntry;
  /** Records in which the recovery key named an officer. */
  readonly replaced: readonly number[];
}

function entryOf(text: string): OfficerEntry {
  const { name, id } = parseVerifierKey(text);
  return { name, id: encodeHex(id), key: text };
}

export function officersView({ officers, revoked = [], recovery, replaced = [] }: OfficerState): OfficersView {
  return {
    officers: officers.map(parseOfficerLine).map(({ key, recipient }) => ({ ...entryOf(key.text), recipient })),
    revoked: revoked.map(entryOf),
    ...(recovery === undefined ? {} : { recovery: entryOf(recovery) }),
    replaced,
  };
}

const lineOf = ({ name, id, key }: OfficerEntry): string =>
  `  ${id}  ${keyFingerprint(key)}  ${printable(name, { max: 64 })}`;

export function officersText({ officers, revoked, recovery, replaced }: OfficersView, colour: ChalkInstance): string {
  const lines =
    officers.length === 0
      ? ['No officer: bodies cannot be captured, and nobody can be named (egress init --officer CARD).']
      : [colour.bold(countText(officers.length, 'officer')), ...officers.map(lineOf)];
  if (revoked.length > 0) lines.push(colour.bold('Revoked'), ...revoked.map(lineOf));
  if (recovery !== undefined) lines.push(colour.bold('Recovery key'), lineOf(recovery));
  for (const seq of replaced) lines.push(colour.red(`ATTENTION  the recovery key named an officer: #${seq}`));
  return lines.join('\n');
}
