/** Members of a record whose kind says nothing about what they hold: who wrote it is not trusted. */
export type Fields = Readonly<Record<string, unknown>>;

/** The member if it is an object, else an empty one. */
export function fields(record: Fields | undefined, member: string): Fields {
  const value = record?.[member];
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
