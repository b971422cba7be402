/** Several strategies of one account that want much at once: its loop, which performs that together, trades as a backtest does. Nothing is stored. */

import { expect, it } from 'vitest';
import { performEffects } from '../../src/core/backtest/perform-effects.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { Engine } from '../../src/core/engine/engine.ts';
import { countIds, TEN_O_CLOCK } from '../../src/core/engine/testing/account.ts';
import { assert } from '../../src/core/shared/assert.ts';
import { createPrng, hash32, hashText } from '../../src/core/shared/prng.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import { Exchange } from '../../src/core/simulation/exchange.ts';
import { PaperBroker } from '../../src/brokers/paper/paper-broker.ts';
import { NO_TRACING } from '../../src/process/tracing.ts';
import { AccountLoop } from '../../src/trading/account-loop.ts';
import { AccountRecorder } from '../../src/trading/account-recorder.ts';
import { BROKER_PATIENCE } from '../../src/trading/broker-patience.ts';
import { HandMarket } from '../support/hand-market.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';
import type { Effect } from '../../src/core/engine/effect.ts';
import type { EngineEvent } from '../../src/core/engine/engine-event.ts';
import type { Intent, Strategy, StrategyView } from '../../src/core/strategies/strategy.ts';
import type { ProjectionStore } from '../../src/trading/projection-store.ts';
import type { JournalStore } from '../../src/journal/journal-store.ts';

const NAMES = ['EUR_USD', 'GBP_USD', 'AUD_USD', 'NZD_USD', 'USD_CAD', 'USD_CHF'] as const;
const TAGS = ['a', 'b', 'c', 'd'] as const;
const QUOTES = 600;
const BALANCE = 100_000_0000;

/** Wants a lot with each candle and some fills; what it wants follows from its seed and from what it is shown, but for numbers of the broker. */
function busyStrategy(seed: number): Strategy {
  const answer = (view: StrategyView): readonly Intent[] => {
    const { at, equity, quote } = view;
    const positions = view.positions.map(({ side, openUnits, entryPrice, stopLoss }) => [
      side,
      openUnits,
      entryPrice,
      stopLoss,
    ]);
    const orders = view.orders.map(({ isResting }) => isResting);
    const sight = JSON.stringify([at, equity, quote, positions, orders]);
    return decide(createPrng(hash32(seed, hashText(sight), 0)), view);
  };
  return {
    granularities: ['M1'],
    onCandle: (_candle, view) => answer(view),
    onFill: (_fill, view) => (view.positions.length % 2 === 0 ? answer(view) : []),
    save: () => null,
    restore: () => undefined,
  };
}

function decide(random: () => number, { quote, positions, orders }: StrategyView): readonly Intent[] {
  if (!quote) return [];
  const below = (most: number): number => Math.floor(random() * most);
  const tag = () => TAGS[below(TAGS.length)];
  const intents: Intent[] = [];
  for (const { brokerPositionId, openUnits, side } of positions) {
    const units = below(2) === 0 ? undefined : 1 + below(openUnits);
    if (below(3) === 0) intents.push({ type: 'close', brokerPositionId, units, tag: tag() });
    const stopLoss = side === 'long' ? quote.bid - 30 : quote.ask + 30;
    if (below(3) === 0) intents.push({ type: 'modify', brokerPositionId, stopLoss, tag: tag() });
  }
  for (const { id: orderId } of orders) if (below(3) === 0) intents.push({ type: 'cancel', orderId });
  for (let count = below(4); count > 0; count -= 1) {
    const side = below(2) === 0 ? 'long' : 'short';
    const [from, forth] = side === 'long' ? [quote.ask, 1] : [quote.bid, -1];
    const rests = below(4) === 0;
    intents.push({
      type: 'open',
      side,
      size: { units: 1 + below(3_000) },
      orderType: rests ? 'limit' : 'market',
      price: rests ? from - forth * 20 : undefined,
      stopLoss: below(3) === 0 ? from - forth * (25 + below(60)) : undefined,
      tag: tag(),
    });
  }
  if (below(300) === 0) throw new Error('it fails');
  return intents;
}

function newEngine(hedging: boolean): Engine {
  const { conversionMarkup } = DEFAULT_COSTS;
  const limits = { maxDailyLoss: 300_0000 };
  return new Engine({ currency: 'USD', limits, conversionMarkup, hedging, newId: countIds() });
}

function attachments(seed: number): readonly EngineEvent[] {
  return NAMES.map((name, index) => ({
    type: 'strategy-attached',
    strategyId: name,
    instrument: PAPER_INSTRUMENTS.named(name),
    strategy: busyStrategy(seed * NAMES.length + index),
    paused: false,
  }));
}

/** The same prices for both. */
function* prices(seed: number) {
  const random = createPrng(seed);
  const bids = new Map<string, number>();
  let at = TEN_O_CLOCK;
  for (let count = 0; count < QUOTES; count += 1) {
    at += 1 + Math.floor(random() * 5_000);
    const instrument = NAMES[Math.floor(random() * NAMES.length)] ?? 'EUR_USD';
    const bid = (bids.get(instrument) ?? 100_000) + Math.floor(random() * 41) - 20;
    bids.set(instrument, bid);
    yield { instrument, at, bid, ask: bid + 10 };
  }
}

function inBacktest(seed: number, hedging: boolean): readonly Transaction[] {
  const engine = newEngine(hedging);
  const exchange = new Exchange({
    currency: 'USD',
    hedging,
    costs: DEFAULT_COSTS,
    instruments: PAPER_INSTRUMENTS,
  });
  const log: Transaction[] = [];
  const show = (transactions: readonly Transaction[]): readonly Effect[] => {
    log.push(...transactions);
    return engine.absorb(transactions).effects;
  };
  const perform = (effects: readonly Effect[]): void =>
    performEffects({ exchange, show, note: () => undefined }, effects);
  perform(show(exchange.openAccount(BALANCE, TEN_O_CLOCK)));
  for (const event of attachments(seed)) perform(engine.step(event));
  for (const quote of prices(seed)) {
    const due = (): number => Math.min(engine.nextClockAt, exchange.nextClockAt);
    for (let at = due(); at <= quote.at; at = due()) {
      perform(show(exchange.onClock(at)));
      perform(engine.step({ type: 'clock', at, pricesAliveAt: at }));
    }
    perform(show(exchange.onQuote(quote)));
    perform(engine.step({ type: 'quote', quote }));
  }
  perform(engine.step({ type: 'kill' }));
  return log;
}

/** What an account recorded, in the order of its statements. */
class Recorded {
  readonly log: Transaction[] = [];
  readonly statusById = new Map<string, string>();
  mostAtOnce = 0;

  /** Refuses what PostgreSQL would: a second order of one id, a stretch that is not the next, a row twice in one statement. */
  get store(): Pick<ProjectionStore, 'recordOwnOrders' | 'recordStretch' | 'recordNotSent'> {
    return {
      recordOwnOrders: async (_owner, recorded) => {
        this.mostAtOnce = Math.max(this.mostAtOnce, recorded.length);
        for (const { order } of recorded) {
          assert(!this.statusById.has(order.id), 'an order is recorded once');
          this.statusById.set(order.id, order.status);
        }
        return recorded.map(() => 0);
      },
      recordStretch: async (_owner, { after, transactions, projection }) => {
        assert(after === this.log.length, 'a stretch is the next');
        this.log.push(...transactions);
        for (const rows of [projection.orders, projection.positions, projection.trades])
          assert(new Set(rows.map(({ id }) => id)).size === rows.length, 'a row comes once');
        for (const { id, order } of projection.orders) this.statusById.set(id, order.status);
      },
      recordNotSent: () => Promise.reject(new Error('a paper broker takes everything')),
    };
  }
}

async function inLoop(seed: number, hedging: boolean): Promise<Recorded> {
  const engine = newEngine(hedging);
  const market = new HandMarket(TEN_O_CLOCK);
  const account = {
    currency: 'USD',
    hedging,
    initialBalance: BALANCE,
    marginRate: 0,
    log: [],
    state: undefined,
  } as const;
  const broker = new PaperBroker(account, market);
  const recorded = new Recorded();
  const accountId = '01920000-0000-7000-8000-000000000000';
  const recorder = new AccountRecorder({
    owner: { accountId, epoch: 1 },
    subject: { accountId, userId: accountId, currency: 'USD', instruments: PAPER_INSTRUMENTS },
    engine,
    store: recorded.store as ProjectionStore,
    journal: { append: async () => undefined } as unknown as JournalStore,
    committed: () => undefined,
    tracing: NO_TRACING,
  });
  const failed = Promise.withResolvers<never>();
  const loop = new AccountLoop({
    engine,
    broker,
    recorder,
    patience: BROKER_PATIENCE,
    tracing: NO_TRACING,
    onUnreadable: () => undefined,
    tap: { onQuote: () => undefined, onInterruption: () => undefined },
    onConnected: () => undefined,
    onFailure: failed.reject,
    onRule: async () => undefined,
    onStrategyFailed: async () => undefined,
    onAccessRefused: () => undefined,
  });
  const settled = async (): Promise<void> => {
    while (!loop.isIdle) await Promise.race([loop.settled(), failed.promise]);
  };
  await loop.connect();
  await settled();
  for (const event of attachments(seed)) await loop.inOneTurn((step) => step(event));
  for (const { instrument, at, bid, ask } of prices(seed)) {
    while (loop.nextClockAt <= at) {
      market.clock(loop.nextClockAt);
      await settled();
    }
    market.publish(instrument, bid, ask, at);
    await settled();
  }
  await loop.askInOneTurn((step) => step({ type: 'kill' }));
  await settled();
  return recorded;
}

/** What was filled; the closes of positions that had ended are rejected by an exchange, or not sent to it. */
const fills = (log: readonly Transaction[]): readonly string[] =>
  log.flatMap((entry) =>
    entry.type === 'order-filled'
      ? [`${entry.at} ${entry.side} ${entry.units} ${entry.instrument} ${entry.price} ${entry.balance}`]
      : [],
  );

it.each([
  { seed: 9, hedging: false },
  { seed: 10, hedging: false },
  { seed: 9, hedging: true },
])('trades as a backtest does with seed $seed, hedging $hedging', async ({ seed, hedging }) => {
  const expected = fills(inBacktest(seed, hedging));

  const recorded = await inLoop(seed, hedging);

  expect(expected.length).toBeGreaterThan(100);
  expect(fills(recorded.log)).toEqual(expected);
  expect(recorded.mostAtOnce).toBeGreaterThan(3);
  expect([...recorded.statusById.values()]).not.toContain('submitted');
});
