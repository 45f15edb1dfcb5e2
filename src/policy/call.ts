/** What a policy looks at in a call; every text is the observed program's own. */
export interface PolicyCall {
  /** Host as the program named it (an address, if it named one), the name of a look-up, or the path of a unix socket. */
  readonly host: string | undefined;
  /** Address that was reached. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly transport: 'tcp' | 'udp' | 'unix';
  /** A name look-up. */
  readonly isLookup: boolean;
  /** The culprit; undefined where the call could not be attributed. */
  readonly packageName: string | undefined;
  readonly packageVersion: string | undefined;
  readonly executable: string | undefined;
  readonly method: string | undefined;
  /** Bytes that the call sent, as far as known. */
  readonly sent: number | undefined;
  /** RFC 3339, UTC. */
  readonly time: string;
}
