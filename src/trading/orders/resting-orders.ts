/** How many orders of a person rest at once, counted over their accounts that this process runs. */

import { assertBelowLimit } from '../../people/administration/person-limits.ts';
import type { OrderRequest } from '../../core/domain/order.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';

/** An account that runs here. */
interface RunningAccount {
  readonly userId: string;
  /** The client order ids of the orders that rest at its broker, or may; undefined for those that the broker made. */
  readonly restingOrders: Iterable<string | undefined>;
  /** No fewer than those; known without looking at each. */
  readonly mostResting: number;
}

/** What is counted, and how many there may be. */
export interface RestingOrdersDependencies {
  readonly running: () => Iterable<RunningAccount>;
  readonly limits: PersonLimitSource;
}

/** Keeps people from adding resting entries beyond their limit. What ends or protects a position, and what a strategy places, is never refused by it. */
export class RestingOrders {
  readonly #dependencies: RestingOrdersDependencies;
  /** The ids of orders on their way, by person. */
  readonly #underWay = new Map<string, Set<string>>();

  constructor(dependencies: RestingOrdersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Places an order by `place`; throws `limit-reached` when it would rest and the person has as many as they may have, those on their way included. */
  async entering<T>(
    userId: string,
    { id, terms }: Pick<OrderRequest, 'id' | 'terms'>,
    place: () => Promise<T>,
  ): Promise<T> {
    if (terms.orderType === 'market') return place();
    const most = await this.#dependencies.limits.mostOf('restingOrders');
    const underWay = this.#underWay.get(userId) ?? new Set();
    // A request that is repeated while the first one is on its way is the same order.
    if (underWay.has(id)) return place();
    // Each is looked at only where the limit may be reached.
    if (this.#mostRestingOf(userId) + underWay.size >= most)
      assertBelowLimit('restingOrders', most, this.#restingOf(userId, underWay) + underWay.size);
    this.#underWay.set(userId, underWay.add(id));
    try {
      return await place();
    } finally {
      underWay.delete(id);
      if (underWay.size === 0) this.#underWay.delete(userId);
    }
  }

  #mostRestingOf(userId: string): number {
    let resting = 0;
    for (const account of this.#dependencies.running())
      if (account.userId === userId) resting += account.mostResting;
    return resting;
  }

  /** How many rest, those left out that are still counted as on their way. */
  #restingOf(userId: string, underWay: ReadonlySet<string>): number {
    let resting = 0;
    for (const account of this.#dependencies.running()) {
      if (account.userId !== userId) continue;
      for (const id of account.restingOrders) if (id === undefined || !underWay.has(id)) resting += 1;
    }
    return resting;
  }
}
