/**
 * Whose read is answered now. A person has few turns for what is read, and as many for long reads, which wait in line with those of other
 * people, and for downloads, which last as long as they are sent: neither holds up their other reads.
 */

import { Problem } from '../core/shared/problem.ts';

/** Reads have four connections to the database. A page with ten parts is read no later: each takes milliseconds. */
const AT_ONCE = 2;
/** More than any page asks for; each holds its request in memory. */
const MOST_WAITING = 100;

/** The turns of one person. */
export class ReadTurns {
  readonly reads = new Places();
  readonly long = new Places();
  readonly downloads = new Places();
}

/** The turn of one request that reads. */
export class ReadTurn {
  readonly #turns: ReadTurns;
  readonly #taken = new Set<Places>();
  #isReading = false;
  #isOver = false;

  constructor(turns: ReadTurns) {
    this.#turns = turns;
  }

  /** Resolves when it is this one's turn and its `pause` is over; throws `too-many-requests` when too many of the person wait. */
  async begin(isLong: boolean, pause: () => Promise<void>): Promise<void> {
    await this.#take(isLong ? this.#turns.long : this.#turns.reads);
    await pause();
    await this.#take(this.#turns.reads);
  }

  /**
   * Reads a page of a download in the turn of a read, and resolves with it when its `pause` is over; undefined, at once, when there is none any
   * more. From the first page on the request has the turn of a download.
   */
  async readPage<Page>(
    read: () => Promise<Page | undefined>,
    pause: () => Promise<void>,
  ): Promise<Page | undefined> {
    const page = await this.#reading(read);
    if (page === undefined) return undefined;
    this.#giveBack(this.#turns.long);
    await this.#take(this.#turns.downloads);
    await pause();
    return page;
  }

  /** Gives back what was taken, and what is waited for when it comes. A page that is being read has its turn until it is there. */
  end(): void {
    this.#isOver = true;
    for (const places of this.#taken)
      if (!this.#isReading || places !== this.#turns.reads) this.#giveBack(places);
  }

  async #reading<Page>(read: () => Promise<Page>): Promise<Page> {
    const { reads } = this.#turns;
    await this.#take(reads);
    this.#isReading = true;
    try {
      return await read();
    } finally {
      this.#isReading = false;
      this.#giveBack(reads);
    }
  }

  async #take(places: Places): Promise<void> {
    if (this.#taken.has(places)) return;
    await places.take();
    // Its receiver may have gone while it waited.
    if (this.#isOver) places.giveBack();
    else this.#taken.add(places);
  }

  #giveBack(places: Places): void {
    if (this.#taken.delete(places)) places.giveBack();
  }
}

/** Lets a few go on at the same time; the others wait in the order in which they came. */
class Places {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  async take(): Promise<void> {
    if (this.#taken < AT_ONCE) {
      this.#taken += 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING)
      throw new Problem('too-many-requests', 'More reads of yours are waiting than can be answered soon.', {
        retryAfterSeconds: 1,
      });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The next one that waits has the place. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
