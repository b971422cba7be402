/** How far a client has acknowledged: network buffers hide megabytes that it has not read. */

/** Entries that may be unacknowledged before a client counts as too slow. */
const MOST_UNACKNOWLEDGED = 10_000;
/** With this many, what is only being caught up on waits. */
const ENOUGH_UNACKNOWLEDGED = MOST_UNACKNOWLEDGED / 2;

/** Counts entries from the first acknowledgement on; a client that never sends one is not limited. */
export class Acknowledgements {
  #sequences: number[] | undefined;
  #waiters: (() => void)[] = [];

  /** Whether the client acknowledges. */
  get isCounting(): boolean {
    return this.#sequences !== undefined;
  }

  /** Whether the client has fallen too far behind, with so many entries that were not sent to it yet. */
  isTooFarBehind(notSent = 0): boolean {
    return this.#sequences !== undefined && this.#sequences.length + notSent > MOST_UNACKNOWLEDGED;
  }

  /** An entry was sent. */
  noteSent(sequence: number): void {
    this.#sequences?.push(sequence);
  }

  /** The client has processed everything up to this entry. */
  acknowledge(sequence: number): void {
    // A number that was never sent must acknowledge nothing, so it is looked for and not compared.
    const place = this.#sequences?.lastIndexOf(sequence) ?? -1;
    this.#sequences = (this.#sequences ?? []).slice(place + 1);
    if (this.#hasRoom()) this.#release();
  }

  /** Resolves when there is room for more entries that are only being caught up on. */
  async room(): Promise<void> {
    while (!this.#hasRoom()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Stops counting and releases anyone who waits for room. */
  end(): void {
    this.#sequences = undefined;
    this.#release();
  }

  #hasRoom(): boolean {
    return (this.#sequences?.length ?? 0) <= ENOUGH_UNACKNOWLEDGED;
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
