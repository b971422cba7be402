/** What each sender may spend in a minute, which begins with their first request. Counted in this process; a restart resets it. */

import { recentlyUsed } from '../process/recently-used.ts';

const MINUTE_MS = 60_000;
/** Senders that are counted at the same time; the one not seen for longest is forgotten first. */
const COUNTED_SENDERS = 10_000;

interface Spent {
  readonly until: number;
  amount: number;
}

/** A budget of the same size for each sender. */
export class MinuteBudget {
  readonly #most: number;
  readonly #spentBySender = recentlyUsed<Spent>(COUNTED_SENDERS);

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Spends `cost` of a sender's budget at `now` (ms of any clock). Returns how many ms it takes until there is a new budget when what is
   * left is not enough; nothing is spent then, so that something cheaper is still possible.
   */
  spend(sender: string, cost: number, now: number): number | undefined {
    const known = this.#spentBySender.get(sender);
    const spent = known && known.until > now ? known : { until: now + MINUTE_MS, amount: 0 };
    if (spent.amount + cost > this.#most) return spent.until - now;
    spent.amount += cost;
    if (spent !== known) this.#spentBySender.set(sender, spent);
    return undefined;
  }
}
