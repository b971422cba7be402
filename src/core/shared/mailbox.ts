/** A bounded queue in which quotes of one key conflate when it is full, and nothing else is ever dropped. */

/** What a full mailbox does with an item: `conflateKey` names the items of which only the newest matters. */
export interface MailboxOptions<T> {
  /** Above this many waiting items, an item with a key replaces the waiting item with the same key. */
  readonly conflateAbove: number;
  readonly conflateKey: (item: T) => string | undefined;
}

/** First in, first out. Items without a conflation key are always kept, in order. */
export class Mailbox<T> {
  readonly #options: MailboxOptions<T>;
  #items: T[] = [];
  #head = 0;

  constructor(options: MailboxOptions<T>) {
    this.#options = options;
  }

  /** The number of items that wait. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds `item` at the end. When the mailbox is full, the waiting item with the same key is dropped for it. */
  push(item: T): void {
    if (this.size >= this.#options.conflateAbove) this.#dropWaiting(this.#options.conflateKey(item));
    this.#items.push(item);
  }

  /** Takes the oldest item, or undefined when none waits. */
  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head >= 1024) this.#compact();
    return item;
  }

  #dropWaiting(key: string | undefined): void {
    if (key === undefined) return;
    for (let index = this.#items.length - 1; index >= this.#head; index -= 1) {
      const waiting = this.#items[index];
      if (waiting === undefined || this.#options.conflateKey(waiting) !== key) continue;
      this.#items.splice(index, 1);
      return;
    }
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
