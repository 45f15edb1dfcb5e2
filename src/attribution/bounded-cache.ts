/** A map that forgets what was used least recently, so that hostile keys cannot make it grow. */
export class BoundedCache<K, V extends object> {
  readonly #entries = new Map<K, V>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** The kept value, or a fresh one from `make`. */
  get(key: K, make: () => V): V {
    const kept = this.#entries.get(key);
    const value = kept ?? make();
    // A Map iterates in insertion order: to insert again is to be the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#entriesMax) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    return value;
  }
}
