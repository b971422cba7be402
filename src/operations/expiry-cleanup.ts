/** Removes what has run out: sessions and remembered answers that nobody can use any more. */

/** Nothing depends on the moment: what has run out is refused by its date. */
const TIDY_EVERY_MS = 60 * 60_000;

/** Something that leaves rows behind when it runs out; returns how many were removed. */
export interface Expiring {
  removeExpired(): Promise<number>;
}

/** Tidies every hour until it is stopped. */
export class Tidying {
  readonly #expiring: readonly Expiring[];
  readonly #log: { warn(fields: object, message: string): void };
  #timer: NodeJS.Timeout | undefined;
  #tidying: Promise<void> | undefined;

  constructor(expiring: readonly Expiring[], log: { warn(fields: object, message: string): void }) {
    this.#expiring = expiring;
    this.#log = log;
  }

  /** Tidies now and from now on. */
  start(): void {
    this.#timer = setInterval(() => this.#begin(), TIDY_EVERY_MS);
    this.#timer.unref();
    this.#begin();
  }

  /** Tidies no more; resolves when what was begun is done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#tidying;
  }

  #begin(): void {
    this.#tidying = this.#tidy();
  }

  async #tidy(): Promise<void> {
    try {
      await Promise.all(this.#expiring.map((each) => each.removeExpired()));
    } catch (error) {
      this.#log.warn({ err: error }, 'what has run out was not removed; trying again in an hour');
    }
  }
}
