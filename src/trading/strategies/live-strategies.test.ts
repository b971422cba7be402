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
      askInOneTurn: <T>(work: (step: () => Promise<void>) => Promise<T>) => work(async () => undefined),
      whenStill: async <T>(work: () => Promise<T>) => {
        await stored.promise;
        return work();
      },
    },
    strategies: {
      find: async () => ({ ...STRATEGY, status: statuses.at(-1) ?? STRATEGY.status }),
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
      whenStill: <T>(work: () => Promise<T>) => work(),
      askInOneTurn: <T>(work: (take: typeof step) => Promise<T>) => work(step),
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
    change: (changes: Partial<StoredStrategy>) => void (stored = { ...stored, ...changes }),
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

it('a strategy that was stopped, changed and started again while its first start read candles runs with what is stored', async () => {
  const { strategies, asked, stored, change, isReading, giveCandles } = slowToStart();
  const first = strategies.start(stored());
  await isReading;
  await strategies.stop(stored(), 'keep');
  change({ parameters: { fast: 30, slow: 60 } });
  const second = strategies.start(stored());
  await expect.poll(() => stored().status).toBe('starting');

  giveCandles();

  await expect(first).rejects.toThrow(/not starting any more/);
  await second;
  expect(stored().status).toBe('running');
  expect(asked).toEqual(['strategy-detached', 'strategy-attached']);
  expect(strategies.warmUpOf(STRATEGY.id)?.needed).toBe(61);
});

/** A running strategy whose loop takes one turn after the other, and whose changes are stored after longer or shorter times. */
function askedAtOnce() {
  let stored = { ...STRATEGY, status: 'running', name: 'Crossing' } as unknown as StoredStrategy;
  const taken: string[] = [];
  const step = async ({ type }: EngineEvent) => void taken.push(type);
  let turns: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: (take: typeof step) => Promise<T>): Promise<T> => {
    const turn = turns.then(() => work(step));
    turns = turn.catch(() => undefined);
    return turn;
  };
  let changes = 0;
  /** Which change, and which look at the row, fails next: the first, the second, none. */
  const failing = { change: 0, find: 0 };
  const openPositions = new Map<number, { readonly strategyId: string }>();
  const parts = {
    subject: { userId: 'person', accountId: 'account', instruments: PAPER_INSTRUMENTS },
    engine: { ledger: { openPositions, openOrders: new Map() }, hasInFlightOf: () => false },
    states: { forget: async () => undefined },
    loop: { whenStill: inTurn, inOneTurn: inTurn, askInOneTurn: inTurn },
    strategies: {
      find: async () => {
        if (failing.find-- === 1) throw new Error('the database is away');
        return stored;
      },
      changeStatus: async (_id: string, { from, to }: StatusChange) => {
        if (failing.change-- === 1) throw new Error('the database is away');
        if (stored.status !== from) return false;
        stored = { ...stored, status: to };
        // Others may see it before the answer is here, which takes longest for the first.
        for (let ticks = 20 - 5 * changes++; ticks > 0; ticks -= 1) await new Promise(setImmediate);
        return true;
      },
    },
    committed: () => undefined,
  };
  const strategies = new LiveStrategies(parts as unknown as LiveStrategiesDependencies);
  return { strategies, taken, failing, openPositions, stored: () => stored, status: () => stored.status };
}

it('a pause that is stored slowly reaches the engine before the resume that follows it', async () => {
  const { strategies, taken, stored, status } = askedAtOnce();

  const pausing = strategies.pause(stored());
  await expect.poll(status).toBe('paused');
  await Promise.all([pausing, strategies.resume(stored())]);

  expect(status()).toBe('running');
  expect(taken).toEqual(['strategy-paused', 'strategy-resumed']);
});

it.each(['close', 'keep'] as const)(
  'a drain that is stored slowly reaches the engine before the stop by %s that follows it',
  async (mode) => {
    const { strategies, taken, stored, status } = askedAtOnce();

    const draining = strategies.stop(stored(), 'drain');
    await expect.poll(status).toBe('draining');
    await Promise.all([draining, strategies.stop(stored(), mode)]);

    expect(status()).toBe('stopped');
    expect(taken).toEqual(['strategy-draining', 'strategy-detached']);
  },
);

it.each([
  ['pause', 'paused', ['strategy-paused']],
  ['drain', 'stopped', ['strategy-draining', 'strategy-detached']],
  ['keep', 'stopped', ['strategy-detached']],
  ['close', 'stopped', ['strategy-detached']],
] as const)(
  'a %s that cannot be recorded changes nothing, and can be asked for again',
  async (what, to, events) => {
    const { strategies, taken, failing, stored, status } = askedAtOnce();
    const move = () => (what === 'pause' ? strategies.pause(stored()) : strategies.stop(stored(), what));
    failing.change = 1;

    await expect(move()).rejects.toThrow('away');
    const before = { status: status(), taken: [...taken] };
    await move();

    expect(before).toEqual({ status: 'running', taken: [] });
    expect({ status: status(), taken }).toEqual({ status: to, taken: events });
  },
);

it.each([2, 3])('a drain whose change %i cannot be recorded ends at the next look', async (change) => {
  const { strategies, taken, failing, stored, status } = askedAtOnce();
  failing.change = change;
  await expect(strategies.stop(stored(), 'drain')).rejects.toThrow('away');

  await strategies.finishStopping();

  expect(status()).toBe('stopped');
  expect(taken).toEqual(['strategy-draining', 'strategy-detached']);
});

it('a stopped strategy whose end could not be recorded is stopped at the next look', async () => {
  const { strategies, failing, openPositions, stored, status } = askedAtOnce();
  openPositions.set(7, { strategyId: STRATEGY.id });
  failing.find = 1;
  await expect(strategies.stop(stored(), 'keep')).rejects.toThrow('away');

  await strategies.finishStopping();

  expect(status()).toBe('stopped');
});

it('a strategy whose start could not be read on is stopped', async () => {
  const { strategies, failing, stored, status } = askedAtOnce();
  await strategies.stop(stored(), 'keep');
  failing.find = 1;

  await expect(strategies.start(stored())).rejects.toThrow('away');

  expect(status()).toBe('stopped');
});
