/** The moments at which something is due although no price comes. */

/** One moment for each name (UTC ms), and the earliest of them all. What is due together comes in the order of the names. */
export class Timers<Name extends string> {
  readonly #names: readonly Name[];
  readonly #dueAt: number[];
  #nextAt = Infinity;

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.#dueAt = names.map(() => Infinity);
  }

  /** The earliest moment, Infinity when there is none: what is compared with the time of every quote. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Returns the moment of a name, Infinity when it has none. */
  of(name: Name): number {
    return this.#dueAt[this.#indexOf(name)] ?? Infinity;
  }

  /** Sets the moment of a name; Infinity takes it away. */
  set(name: Name, at: number): void {
    const index = this.#indexOf(name);
    const before = this.#dueAt[index];
    this.#dueAt[index] = at;
    if (at <= this.#nextAt) this.#nextAt = at;
    else if (before === this.#nextAt) this.#findNext();
  }

  #findNext(): void {
    let nextAt = Infinity;
    for (let index = 0; index < this.#dueAt.length; index += 1)
      nextAt = Math.min(nextAt, this.#dueAt[index] ?? Infinity);
    this.#nextAt = nextAt;
  }

  /** Returns the name whose moment comes first, or undefined when none comes at or before `until`. */
  firstDue(until: number): Name | undefined {
    if (this.#nextAt > until) return undefined;
    for (let index = 0; index < this.#dueAt.length; index += 1)
      if (this.#dueAt[index] === this.#nextAt) return this.#names[index];
    return undefined;
  }

  /** A loop, because there are few names and they are asked for several times a candle: the lists' own search takes longer. */
  #indexOf(name: Name): number {
    let index = 0;
    while (this.#names[index] !== name) index += 1;
    return index;
  }
}
