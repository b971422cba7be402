/** Whose read is answered now: a person has few turns for what is answered at once, and as many for downloads, which last as long as they are sent. */

import { Problem } from '../core/shared/problem.ts';

/** Reads have four connections to the database. A page with ten parts is read no later: each takes milliseconds. */
const AT_ONCE = 2;
/** More than any page asks for; each holds its request in memory. */
const MOST_WAITING = 100;

/** The turns of one person. */
export class ReadTurns {
  readonly reads = new Places();
  readonly downloads = new Places();
}

/** The turn of one read; it is given back once. */
export class ReadTurn {
  readonly #turns: ReadTurns;
  #place: Places | undefined;
  #isOver = false;

  private constructor(turns: ReadTurns) {
    this.#turns = turns;
    this.#place = turns.reads;
  }

  /** Resolves when it is this one's turn; throws `too-many-requests` when too many of the person wait. */
  static async take(turns: ReadTurns): Promise<ReadTurn> {
    await turns.reads.take();
    return new ReadTurn(turns);
  }

  /** Gives the turn of a read back for that of a download, and resolves when it has one: a receiver that stalls holds up no other reads. */
  async becomeDownload(): Promise<void> {
    const { reads, downloads } = this.#turns;
    if (this.#place !== reads) return;
    this.#place = undefined;
    reads.giveBack();
    await downloads.take();
    // Its receiver may have gone while it waited.
    if (this.#isOver) downloads.giveBack();
    else this.#place = downloads;
  }

  giveBack(): void {
    this.#isOver = true;
    this.#place?.giveBack();
    this.#place = undefined;
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
