/** How the pools of connections are used. */

/** One pool at a moment. */
export interface PoolUse {
  readonly pool: string;
  readonly open: number;
  readonly inUse: number;
  /** How many wait for a connection. */
  readonly waiting: number;
}

/** What is used of `pg`'s pool. */
export interface CountedPool {
  /** Whether its end was asked for. */
  readonly ending: boolean;
  end(): Promise<void>;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Pools by their names, as they are opened. */
export class Pools {
  readonly #poolsByName = new Map<string, CountedPool>();

  add(name: string, pool: CountedPool): void {
    this.#poolsByName.set(name, pool);
  }

  /** Ends those that no one has ended. */
  async end(): Promise<void> {
    const open = [...this.#poolsByName.values()].filter(({ ending }) => !ending);
    await Promise.all(open.map((pool) => pool.end()));
  }

  /** The pools as they are used now; one that was never needed is not among them. */
  use(): readonly PoolUse[] {
    return [...this.#poolsByName].map(([pool, { totalCount, idleCount, waitingCount }]) => ({
      pool,
      open: totalCount,
      inUse: totalCount - idleCount,
      waiting: waitingCount,
    }));
  }
}
