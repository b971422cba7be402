/** OANDA's time, from the times that its streams state and the steady clock of the machine between them. */

/** What was stated in the last one to two of these decides: neither clock's drift adds up. */
const WINDOW_MS = 60_000;

export interface Clocks {
  /** UTC ms, for as long as OANDA stated nothing. */
  readonly wall: () => number;
  /** Milliseconds that never run back. */
  readonly steady: () => number;
}

const MACHINE: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

/** The time at a broker. What it states arrives late, never early: so the statement that leads the most was the fastest to arrive. */
export class BrokerTime {
  readonly #steady: () => number;
  #lead: number;
  #leadBefore = -Infinity;
  #windowEndsAt = -Infinity;
  #last = -Infinity;

  constructor({ wall, steady }: Clocks = MACHINE) {
    this.#steady = steady;
    this.#lead = wall() - steady();
  }

  /** Takes a time that OANDA stated just now (UTC ms). */
  note(statedAt: number): void {
    const now = this.#steady();
    const lead = statedAt - now;
    if (now < this.#windowEndsAt) {
      this.#lead = Math.max(this.#lead, lead);
      return;
    }
    // What the machine's own clock said counts until the first statement only.
    this.#leadBefore = this.#windowEndsAt === -Infinity ? -Infinity : this.#lead;
    this.#lead = lead;
    this.#windowEndsAt = now + WINDOW_MS;
  }

  /** The time now, in whole UTC ms. It never runs back. */
  now(): number {
    const at = Math.floor(this.#steady() + Math.max(this.#lead, this.#leadBefore));
    this.#last = Math.max(this.#last, at);
    return this.#last;
  }
}
