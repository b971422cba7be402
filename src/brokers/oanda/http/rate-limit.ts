/** A token bucket: so many at once, so many per second. */

export interface RateLimitOptions {
  readonly perSecond: number;
  /** How many may come at once after a quiet time. */
  readonly burst: number;
}

/** Gives turns in the order in which they are asked for. */
export class RateLimit {
  readonly #everyMs: number;
  readonly #ahead: number;
  /** The time at which the bucket would be full again, in ms of the process's clock. */
  #fullAt = -Infinity;

  constructor({ perSecond, burst }: RateLimitOptions) {
    this.#everyMs = 1_000 / perSecond;
    this.#ahead = (burst - 1) * this.#everyMs;
  }

  /** Takes the next turn, and returns how many ms after `now` it comes; 0 when it may be used at once. */
  takeTurn(now: number): number {
    const fullAt = Math.max(this.#fullAt, now);
    this.#fullAt = fullAt + this.#everyMs;
    return Math.max(0, fullAt - this.#ahead - now);
  }
}
