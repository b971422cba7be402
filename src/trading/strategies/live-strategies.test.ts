import { expect, it } from 'vitest';
import { LiveStrategies } from './live-strategies.ts';
import type { LiveStrategiesDependencies } from './live-strategies.ts';
import type { StatusChange } from './strategy-store.ts';

const STRATEGY = { id: 'one', accountId: 'account', userId: 'person', status: 'running' } as const;

/** Strategies of an account whose mailbox is held up until the test says that all is stored. */
function heldUp() {
  const openPositions = new Map([[7, { strategyId: STRATEGY.id }]]);
  const statuses: string[] = [];
  const stored = Promise.withResolvers<void>();
  const parts = {
    subject: { userId: 'person', accountId: 'account' },
    engine: { ledger: { openPositions, openOrders: new Map() }, hasInFlightOf: () => false },
    loop: {
      request: async () => undefined,
      whenStill: async <T>(work: () => Promise<T>) => {
        await stored.promise;
        return work();
      },
    },
    strategies: {
      find: async () => STRATEGY,
      changeStatus: async (_id: string, { to }: StatusChange) => statuses.push(to) > 0,
    },
    journal: { append: async () => undefined },
    committed: () => undefined,
  };
  const strategies = new LiveStrategies(parts as unknown as LiveStrategiesDependencies);
  return { strategies, openPositions, statuses, allIsStored: stored.resolve };
}

it.each(['close', 'drain'] as const)(
  'a strategy that stops by %s is stopped when the row of its position is stored, and not when the engine knows of its end',
  async (mode) => {
    const { strategies, openPositions, statuses, allIsStored } = heldUp();
    const stopping = strategies.stop({ ...STRATEGY } as never, mode);
    await expect.poll(() => statuses).toHaveLength(1);

    openPositions.clear();
    const finishing = strategies.finishStopping();
    await new Promise(setImmediate);
    const before = [...statuses];
    allIsStored();
    await Promise.all([stopping, finishing]);

    expect(before).toEqual([mode === 'drain' ? 'draining' : 'stopping']);
    expect(statuses.at(-1)).toBe('stopped');
    expect(statuses.filter((status) => status === 'stopped')).toHaveLength(1);
  },
);
