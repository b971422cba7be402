import { expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { LiveStrategies } from './live-strategies.ts';
import type { LiveStrategiesDependencies } from './live-strategies.ts';
import type { EngineEvent } from '../../core/engine/engine-event.ts';
import type { StatusChange, StoredStrategy } from './strategy-store.ts';

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
      ask: () => ({ outcome: Promise.resolve() }),
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

/** A stopped strategy whose start waits for candles until the test gives them, and what the engine was asked for. */
function slowToStart() {
  let stored = {
    ...STRATEGY,
    status: 'stopped',
    name: 'Crossing',
    strategyType: 'ema_cross',
    parameters: {},
    instrument: 'EUR_USD',
  } as unknown as StoredStrategy;
  const asked: string[] = [];
  const reading = Promise.withResolvers<void>();
  const candles = Promise.withResolvers<[]>();
  const step = async ({ type }: EngineEvent) => void asked.push(type);
  const parts = {
    subject: { userId: 'person', accountId: 'account', instruments: PAPER_INSTRUMENTS },
    engine: { ledger: { openPositions: new Map(), openOrders: new Map() }, hasInFlightOf: () => false },
    loop: {
      ask: (event: EngineEvent) => ({ outcome: step(event) }),
      whenStill: <T>(work: () => Promise<T>) => work(),
      inOneTurn: <T>(work: (take: typeof step) => Promise<T>) => work(step),
    },
    states: { forget: async () => undefined },
    history: () => {
      reading.resolve();
      return candles.promise;
    },
    marketTime: () => 0,
    strategies: {
      find: async () => stored,
      changeStatus: async (_id: string, { from, to }: StatusChange) => {
        if (stored.status !== from) return false;
        stored = { ...stored, status: to };
        return true;
      },
    },
    journal: { append: async () => undefined },
    committed: () => undefined,
  };
  const strategies = new LiveStrategies(parts as unknown as LiveStrategiesDependencies);
  return {
    strategies,
    asked,
    stored: () => stored,
    isReading: reading.promise,
    giveCandles: () => candles.resolve([]),
  };
}

it('a strategy that is stopped while its start reads candles does not run afterwards', async () => {
  const { strategies, asked, stored, isReading, giveCandles } = slowToStart();
  const starting = strategies.start(stored());
  await isReading;

  await strategies.stop(stored(), 'keep');
  giveCandles();

  await expect(starting).rejects.toThrow(/not starting any more/);
  expect(stored().status).toBe('stopped');
  expect(asked).not.toContain('strategy-attached');
  expect(strategies.hasAny).toBe(false);
});

it('a strategy that no one stops meanwhile runs', async () => {
  const { strategies, asked, stored, giveCandles } = slowToStart();
  giveCandles();

  await strategies.start(stored());

  expect(stored().status).toBe('running');
  expect(asked).toEqual(['strategy-attached']);
  expect(strategies.count).toBe(1);
});
