/**
 * What a record has to be that a reading, a grant or a question about a fingerprint names. The writer asks before it
 * takes one, and a verifier of each that it finds: these rules are part of the format.
 */
type Members = Readonly<Record<string, unknown>>;

/** A record that names another one. */
export interface Naming {
  readonly kind: 'body.read.intent' | 'grant.add' | 'fingerprint';
  /** `seq` of the record that is named; 0 where none is. */
  readonly names: number;
  /** Of an intent: SHA-256 of the body without its outer layer. */
  readonly inner?: string | undefined;
}

/** What such a record has to be, of any record, and no more. */
export interface NamedRecord {
  readonly kind: 'body' | 'copy' | 'fingerprinted' | 'other';
  readonly inner?: string | undefined;
}

/** @returns undefined for a kind that names none */
export function namingOf(kind: string, record: Members): Naming | undefined {
  if (kind === 'fingerprint') return { kind, names: seqOf(membersOf(record['fingerprint'])['net']) };
  if (kind !== 'body.read.intent' && kind !== 'grant.add') return undefined;
  const { body, inner } = membersOf(record['statement']);
  return { kind, names: seqOf(body), inner: hashOf(inner) };
}

export function namedRecord(record: Members): NamedRecord {
  switch (record['kind']) {
    case 'body.stored':
      return { kind: 'body', inner: hashOf(membersOf(record['body'])['inner']) };
    case 'grant.add':
      return { kind: 'copy', inner: hashOf(membersOf(record['statement'])['inner']) };
    case 'net':
      return { kind: typeof membersOf(record['egress'])['body'] === 'string' ? 'fingerprinted' : 'other' };
    default:
      return { kind: 'other' };
  }
}

/**
 * @param named what stands there; undefined where nothing does
 * @returns what is named wrongly, or undefined
 */
export function namingFault({ kind, names, inner }: Naming, named: NamedRecord | undefined): string | undefined {
  if (kind === 'fingerprint') {
    return named?.kind === 'fingerprinted' ? undefined : `#${names}, which is no call with a fingerprint`;
  }
  // A copy is read, and never copied.
  const isBody = named?.kind === 'body' || (named?.kind === 'copy' && kind === 'body.read.intent');
  if (!isBody) return `#${names}, which is no body that was stored`;
  return kind === 'grant.add' || named.inner === inner ? undefined : `another body than #${names}`;
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});
const seqOf = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
const hashOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
