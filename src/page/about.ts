/** What a page says of itself: written by `egress export`, believed for nothing but what it asks the reader to compare. */
export interface About {
  /** Version of egress that wrote the page. */
  readonly version: string;
  /** When, as that machine's clock had it. */
  readonly exported: string;
  /** Genesis key to check with as long as the reader gives none. */
  readonly key: string;
  /** Whose key that is: pinned by whoever exported, or only named by the journal. */
  readonly keySource: 'given' | 'own' | 'journal';
  /** Whether the page holds the segments; a larger journal is dropped onto it. */
  readonly isComplete: boolean;
  /** Records and bytes of the segments when it was exported. */
  readonly records: number;
  readonly bytes: number;
  /** The newest signed head, `SIZE:ROOT`; absent where none was good. */
  readonly head?: string;
  /** Policies that whoever exported chose, as `policyJson` writes them: for every run, or for those without their own. */
  readonly given?: string;
  readonly fallback?: string;
}

/** A file of the journal, as the page holds it: as text, or in base64 if it is not UTF-8. */
export type EmbeddedFile = { readonly path: string } & ({ readonly text: string } | { readonly base64: string });
