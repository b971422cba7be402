/** A set of listeners, called in the order in which they were added; a removed one is not called. */
export class Listeners<Listener> implements Iterable<Listener> {
  readonly #listeners = new Set<Listener>();

  /** How many there are. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener; the function it returns removes it. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  [Symbol.iterator](): IterableIterator<Listener> {
    return this.#listeners.values();
  }
}
