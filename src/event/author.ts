/** Who asked for a statement: the user at the other end, as the system names it. */
export interface Author {
  /** Absent where the system has no numbers for users. */
  readonly uid?: number;
  readonly name?: string;
}
