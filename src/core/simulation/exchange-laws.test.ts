/** What holds of the exchange whatever happens: random stories of quotes, orders, closes, cancels and changes. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Instruments } from '../domain/instruments.ts';
import { Ledger } from '../domain/ledger.ts';
import { isCloseOut } from '../domain/order.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { Exchange } from './exchange.ts';
import type { Depth } from './depth.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { OrderFilled, Transaction } from '../domain/transaction.ts';

const THURSDAY = Date.UTC(2024, 0, 11, 12);
const MINUTE_MS = 60_000;
const FIRST_PRICES = {
  EUR_USD: 110_000,
  USD_JPY: 150_000,
  EUR_GBP: 86_000,
  GBP_USD: 127_000,
  NZD_USD: 62_000,
} as const;
const INSTRUMENTS = ['EUR_USD', 'USD_JPY', 'EUR_GBP', 'GBP_USD', 'NZD_USD'] as const;

type Step = (exchange: Exchange) => readonly Transaction[];

/** Prices and time as the story goes; it does not depend on what the exchange does. */
interface Scene {
  at: number;
  readonly bids: Record<(typeof INSTRUMENTS)[number], number>;
}

const pick = <T>(items: Iterable<T>, index: number): T | undefined => {
  const all = [...items];
  return all[index % Math.max(1, all.length)];
};

// One more than the others, so that several of its orders meet at one quote.
const instrument = fc.constantFrom('EUR_USD', 'EUR_USD', 'EUR_USD', ...INSTRUMENTS);
// Mostly minutes, sometimes hours, so that some stories see a weekend.
const waitMs = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_000 * MINUTE_MS }) },
);
const offset = fc.integer({ min: -400, max: 400 });
// Sometimes a leap that no margin stands.
const move = fc.oneof(
  { weight: 19, arbitrary: fc.integer({ min: -250, max: 250 }) },
  { weight: 1, arbitrary: fc.integer({ min: -8_000, max: 8_000 }) },
);
const distance = fc.option(fc.integer({ min: 10, max: 500 }), { nil: undefined, freq: 2 });

const quoted = fc
  .record({
    instrument,
    waitMs,
    move,
    spread: fc.nat(30),
    travel: fc.constantFrom('jump', 'continuous', 'closing'),
  })
  .map(({ instrument: name, waitMs: wait, move: points, spread, travel }) => (scene: Scene): Step => {
    scene.at += wait;
    scene.bids[name] += points;
    const quote = { instrument: name, at: scene.at, bid: scene.bids[name], ask: scene.bids[name] + spread };
    return (exchange) => exchange.onQuote(quote, travel);
  });

const triggerCondition = fc.constantFrom(undefined, undefined, 'INVERSE', 'BID', 'ASK', 'MID');

const ordered = fc
  .record({
    id: fc.nat(9),
    instrument,
    orderType: fc.constantFrom('market', 'market', 'limit', 'stop', 'market_if_touched'),
    side: fc.constantFrom('buy', 'sell'),
    units: fc.integer({ min: 0, max: 12_000 }),
    timeInForce: fc.constantFrom('FOK', 'IOC', 'GTC', 'GTC', 'GTD', 'GFD'),
    triggerCondition,
    positionFill: fc.constantFrom(
      undefined,
      undefined,
      undefined,
      'OPEN_ONLY',
      'REDUCE_FIRST',
      'REDUCE_ONLY',
    ),
    offset,
    profit: distance,
    loss: distance,
    isByDistance: fc.boolean(),
    trailingDistance: distance,
    bound: distance,
    lastsMs: fc.integer({ min: 0, max: 20 * MINUTE_MS }),
    protectionLasts: fc.constantFrom(undefined, undefined, 'GFD', 'GTD'),
  })
  .map((drawn) => (scene: Scene): Step => {
    const price = scene.bids[drawn.instrument] + drawn.offset;
    const direction = drawn.side === 'buy' ? 1 : -1;
    const beyond = (points: number | undefined): number | undefined =>
      points === undefined ? undefined : price + direction * points;
    const terms: OrderTerms = {
      instrument: drawn.instrument,
      orderType: drawn.orderType,
      side: drawn.side,
      units: drawn.units,
      price: drawn.orderType === 'market' ? undefined : price,
      priceBound: drawn.orderType === 'limit' ? undefined : beyond(drawn.bound),
      ...(drawn.isByDistance
        ? { takeProfitDistance: drawn.profit, stopLossDistance: drawn.loss }
        : {
            takeProfit: beyond(drawn.profit),
            stopLoss: beyond(drawn.loss === undefined ? undefined : -drawn.loss),
          }),
      trailingDistance: drawn.trailingDistance,
      protectionLifetimes: drawn.protectionLasts && {
        stop_loss: {
          timeInForce: drawn.protectionLasts,
          expiresAt: drawn.protectionLasts === 'GTD' ? scene.at + drawn.lastsMs : undefined,
        },
      },
      triggerCondition: drawn.orderType === 'market' ? undefined : drawn.triggerCondition,
      positionFill: drawn.positionFill,
      timeInForce: drawn.orderType === 'market' && drawn.timeInForce === 'GTC' ? 'FOK' : drawn.timeInForce,
      expiresAt: drawn.timeInForce === 'GTD' ? scene.at + drawn.lastsMs : undefined,
    };
    const decidedAt = scene.at;
    return (exchange) => exchange.submitOrder({ id: `order-${drawn.id}`, terms, strategyId: 's', decidedAt });
  });

const closed = fc
  .record({ index: fc.nat(5), units: fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined }) })
  .map(({ index, units }) => ({ at }: Scene): Step => (exchange) => {
    const position = pick(exchange.ledger.openPositions.values(), index);
    return exchange.closePosition({
      id: `close-${at}`,
      brokerPositionId: position?.brokerPositionId ?? 0,
      units,
      decidedAt: at,
    });
  });

const cancelled = fc.nat(5).map(
  (index) =>
    ({ at }: Scene): Step =>
    (exchange) =>
      exchange.cancelOrder(pick(exchange.ledger.openOrders.keys(), index) ?? 1, at),
);

const level = fc.oneof(fc.constant(undefined), fc.constant(null), offset);
const changed = fc
  .record({
    index: fc.nat(5),
    takeProfit: level,
    stopLoss: level,
    trailingDistance: fc.oneof(fc.constant(null), distance),
  })
  .map((drawn) => ({ at, bids }: Scene): Step => {
    const prices = { ...bids };
    return (exchange) => {
      const position = pick(exchange.ledger.openPositions.values(), drawn.index);
      const bid = INSTRUMENTS.find((name) => name === position?.instrument) ?? 'EUR_USD';
      const near = (points: number | null | undefined): number | null | undefined =>
        points && prices[bid] + points;
      return exchange.changeProtection({
        brokerPositionId: position?.brokerPositionId ?? 0,
        takeProfit: near(drawn.takeProfit),
        stopLoss: near(drawn.stopLoss),
        trailingDistance: drawn.trailingDistance,
        decidedAt: at,
      });
    };
  });

const protectedAlone = fc
  .record({
    index: fc.nat(5),
    orderType: fc.constantFrom('take_profit', 'stop_loss', 'trailing_stop'),
    offset,
    points: fc.integer({ min: 10, max: 500 }),
    isByDistance: fc.boolean(),
    timeInForce: fc.constantFrom('GTC', 'GFD'),
    triggerCondition,
  })
  .map(({ index, orderType, ...drawn }) => ({ at, bids }: Scene): Step => {
    const prices = { ...bids };
    return (exchange) => {
      const position = pick(exchange.ledger.openPositions.values(), index);
      const name = INSTRUMENTS.find((known) => known === position?.instrument) ?? 'EUR_USD';
      const isByDistance = orderType === 'stop_loss' && drawn.isByDistance;
      const terms: OrderTerms = {
        instrument: name,
        orderType,
        side: position?.side === 'long' ? 'sell' : 'buy',
        units: position?.openUnits ?? 1,
        price: isByDistance || orderType === 'trailing_stop' ? undefined : prices[name] + drawn.offset,
        stopLossDistance: isByDistance ? drawn.points : undefined,
        trailingDistance: orderType === 'trailing_stop' ? drawn.points : undefined,
        timeInForce: drawn.timeInForce,
        triggerCondition: drawn.triggerCondition,
      };
      const protects = position?.brokerPositionId ?? 0;
      return exchange.submitOrder({ id: `protect-${at}`, terms, protects, decidedAt: at });
    };
  });

const replaced = fc
  .record({ index: fc.nat(5), offset })
  .map((drawn) => ({ at }: Scene): Step => (exchange) => {
    const old = pick(exchange.ledger.openOrders.values(), drawn.index);
    if (!old) return [];
    const { price, stopLossDistance } = old.terms;
    const isPriced = old.terms.orderType === 'stop_loss';
    const terms = {
      ...old.terms,
      price: price === undefined ? undefined : price + drawn.offset,
      stopLossDistance: isPriced ? undefined : stopLossDistance,
    };
    const { orderId: replaces, brokerPositionId: protects } = old;
    return exchange.submitOrder({ id: `replace-${at}`, terms, replaces, protects, decidedAt: at });
  });

const passed = waitMs.map((wait) => (scene: Scene): Step => {
  scene.at += wait;
  const { at } = scene;
  return (exchange) => exchange.onClock(at);
});

const transferred = fc.integer({ min: -2_000_000, max: 1_500_000 }).map(
  (amount) =>
    ({ at }: Scene): Step =>
    (exchange) =>
      exchange.transferFunds(amount, at),
);

// At noon, or shortly before a pause: of the New Zealand dollar at 17:58, of all at 21:58.
const startsAt = fc.constantFrom(THURSDAY, THURSDAY + 350 * MINUTE_MS, THURSDAY + 590 * MINUTE_MS);
const event = fc.oneof(
  { weight: 10, arbitrary: quoted },
  { weight: 5, arbitrary: ordered },
  { weight: 1, arbitrary: closed },
  { weight: 1, arbitrary: cancelled },
  { weight: 2, arbitrary: changed },
  { weight: 1, arbitrary: protectedAlone },
  { weight: 1, arbitrary: replaced },
  { weight: 1, arbitrary: passed },
  { weight: 1, arbitrary: transferred },
);

/** Steps that do the same to any exchange, starting with an account of 500 units of its currency and a quote of every instrument. */
const story = fc
  .tuple(startsAt, fc.array(event, { minLength: 20, maxLength: 120, size: 'max' }))
  .map(([startAt, events]) => {
    const scene: Scene = { at: startAt, bids: { ...FIRST_PRICES } };
    const first: Step[] = INSTRUMENTS.map((name) => {
      const quote = { instrument: name, at: startAt, bid: FIRST_PRICES[name], ask: FIRST_PRICES[name] + 10 };
      return (exchange) => exchange.onQuote(quote);
    });
    return [
      (exchange: Exchange) => exchange.openAccount(5_000_000, startAt),
      ...first,
      ...events.map((draw) => draw(scene)),
    ];
  });

/** Less than most orders ask for, and in one instrument no unit at the best price. */
const DEPTH: Depth = {
  EUR_USD: [
    { units: 900, pointsWorse: 0 },
    { units: 600, pointsWorse: 4 },
  ],
  GBP_USD: [{ units: 700, pointsWorse: 1 }],
};

/** Instruments whose limits many orders meet. */
const NARROW = new Instruments(
  INSTRUMENTS.map((name) => ({
    ...PAPER_INSTRUMENTS.named(name),
    minimumUnits: 100,
    maximumOrderUnits: 11_000,
    maximumPositionUnits: 9_000,
    maximumTrailingPoints: 450,
  })),
);

const options = fc.record({
  instruments: fc.constantFrom(undefined, undefined, NARROW),
  currency: fc.constantFrom('USD', 'GBP'),
  costs: fc.record({
    slippagePoints: fc.constantFrom(0, 3),
    commissionPerMillion: fc.constantFrom(0, 350_000),
    conversionMarkup: fc.constantFrom(0, 0.005),
    financing: fc.constantFrom(true, false, { longRate: 0.03, shortRate: -0.9 }),
    depth: fc.constantFrom(undefined, DEPTH),
  }),
  hedging: fc.boolean(),
});

const run = (exchange: Exchange, steps: readonly Step[]): readonly Transaction[] =>
  steps.flatMap((step) => step(exchange));
const fillsOf = (log: readonly Transaction[]): readonly OrderFilled[] =>
  log.flatMap((entry) => (entry.type === 'order-filled' ? [entry] : []));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const stateOf = ({ ledger }: { readonly ledger: Ledger }): unknown => ({
  balance: ledger.balance,
  lastTransactionId: ledger.lastTransactionId,
  orders: [...ledger.openOrders],
  positions: [...ledger.openPositions],
});

/** A story, and what an exchange made of it. */
interface History {
  readonly drawn: typeof options extends fc.Arbitrary<infer Drawn> ? Drawn : never;
  readonly steps: readonly Step[];
  readonly exchange: Exchange;
  readonly log: readonly Transaction[];
  /** How much of it had happened before a restart. */
  readonly percent: number;
}

const history = fc.tuple(options, story, fc.nat(100)).map(([drawn, steps, percent]): History => {
  const exchange = new Exchange(drawn);
  return { drawn, steps, exchange, log: run(exchange, steps), percent };
});

const [seed = 0] = fc.sample(fc.nat(), 1);
const RUNS = { numRuns: 150, seed };
let histories: readonly History[] | undefined;

/**
 * Expects a law of histories, which are the same for all laws: to make one costs more than to look at it. Of those that break the law the
 * smallest is shown.
 */
function always(law: (lived: History) => void, count = RUNS.numRuns): void {
  histories ??= fc.sample(history, RUNS);
  try {
    for (const lived of histories.slice(0, count)) law(lived);
  } catch (error) {
    fc.assert(fc.property(history, law), RUNS);
    throw error;
  }
}

describe('the exchange', () => {
  it('draws histories in which every kind of thing happens', () => {
    const wanted = [
      'cancel-rejected',
      'financing-charged',
      ...['market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop'].map(
        (reason) => `filled in part: ${reason}`,
      ),
      ...[
        'market',
        'limit',
        'stop',
        'market_if_touched',
        'take_profit',
        'stop_loss',
        'trailing_stop',
        'close',
        'margin_closeout',
      ].map((reason) => `order-filled: ${reason}`),
      ...[
        'expired',
        'replaced',
        'linked-position-closed',
        'market-halted',
        'insufficient-margin',
        'bounds-violated',
        'no-liquidity',
        'position-gone',
        'opposite-position-open',
        'position-units-exceeded',
        'stop-loss-expired',
      ].map((reason) => `order-cancelled: ${reason}`),
      ...['stop-loss-on-wrong-side', 'take-profit-on-wrong-side', 'client-request'].map(
        (reason) => `order-cancelled: ${reason}`,
      ),
      ...[
        'units-invalid',
        'units-limit-exceeded',
        'units-minimum-not-met',
        'trailing-distance-minimum-not-met',
        'trailing-distance-maximum-exceeded',
        'client-order-id-taken',
        'position-unknown',
        'protection-exists',
        'time-in-force-invalid',
        'expiry-invalid',
      ].map((reason) => `order-rejected: ${reason}`),
    ];
    const seen = new Set<string>();
    const missing = (): readonly string[] => wanted.filter((kind) => !seen.has(kind));
    for (let round = 1; round <= 12 && missing().length > 0; round += 1)
      for (const { log } of fc.sample(history, { numRuns: 50, seed: round }))
        for (const entry of log) {
          seen.add('reason' in entry ? `${entry.type}: ${entry.reason}` : entry.type);
          if ('remainingUnits' in entry) seen.add(`filled in part: ${entry.reason}`);
        }
    expect(missing()).toEqual([]);
  });

  it('writes the same log for the same story', () => {
    always(({ drawn, steps, log }) => {
      expect(run(new Exchange(drawn), steps)).toStrictEqual(log);
    }, 40);
  });

  it('numbers transactions without a gap, and batches are contiguous, of one time and named after their first', () => {
    always(({ log }) => {
      log.forEach((entry, index) => {
        const previous = log[index - 1];
        expect(entry.id).toBe(index + 1);
        expect(entry.at).toBeGreaterThanOrEqual(previous?.at ?? 0);
        const isContinued = entry.batchId === previous?.batchId;
        expect(isContinued || entry.batchId === entry.id).toBe(true);
        if (isContinued) expect(entry.at).toBe(previous.at);
      });
    });
  });

  it('has a balance of what was paid in and booked, to the last ten-thousandth', () => {
    always(({ exchange, log }) => {
      const paidIn = sum(log.map((entry) => ('amount' in entry ? entry.amount : 0)));
      const booked = fillsOf(log).map(
        ({ closed: lots, commission }) =>
          sum(lots.map(({ realizedPnl, financing }) => realizedPnl + financing)) - commission,
      );
      expect(exchange.ledger.balance).toBe(paidIn + sum(booked));
    });
  });

  it('gives all financing that was charged to trades and to the lots that are still open', () => {
    always(({ log }) => {
      const ledger = new Ledger();
      const trades = log.flatMap((entry) => ledger.apply(entry).trades);

      const charges = log.flatMap((entry) => (entry.type === 'financing-charged' ? [entry] : []));
      const carried = [...ledger.openPositions.values()].map(({ accruedFinancing }) => accruedFinancing);
      expect(sum(trades.map(({ financing }) => financing)) + sum(carried)).toBe(
        sum(charges.map(({ amount }) => amount)),
      );
      const days = charges.map(({ at }) => at);
      expect(days).toEqual([...new Set(days)].sort((a, b) => a - b));
      for (const charge of charges)
        expect(sum(charge.charges.map(({ amount }) => amount))).toBe(charge.amount);
    });
  });

  it('fills no order beyond its units, in parts only where depth lacks', () => {
    always(({ drawn, log }) => {
      const termsById = new Map(
        log.flatMap((entry) => (entry.type === 'order-created' ? [[entry.id, entry.terms]] : [])),
      );

      for (const [orderId, fills] of Map.groupBy(fillsOf(log), (fill) => fill.orderId)) {
        const terms = termsById.get(orderId);
        const units = sum(fills.map((fill) => fill.units));
        expect(units).toBeLessThanOrEqual(terms?.units ?? 0);
        const hasLeft = fills.map(({ remainingUnits = 0 }) => remainingUnits > 0);
        // Only the last fill may leave nothing; where it leaves something, the order waits or was cancelled.
        expect(hasLeft.slice(0, -1).every(Boolean)).toBe(true);
        if (drawn.costs.depth?.[terms?.instrument ?? ''] === undefined) expect(hasLeft).toEqual([false]);
        if (terms?.timeInForce === 'FOK') expect(hasLeft).toEqual([false]);
      }
    });
  });

  it('takes no order and keeps no position beyond the limits of its instrument', () => {
    always(({ drawn, steps }) => {
      const { instruments = PAPER_INSTRUMENTS } = drawn;
      const exchange = new Exchange(drawn);
      for (const step of steps) {
        for (const entry of step(exchange)) {
          if (entry.type !== 'order-created' || entry.reason !== 'client') continue;
          const { terms } = entry;
          const limits = instruments.named(terms.instrument);
          const { trailingDistance = limits.minimumTrailingPoints } = terms;
          if (!isCloseOut(terms)) expect(terms.units).toBeLessThanOrEqual(limits.maximumOrderUnits);
          expect(trailingDistance).toBeGreaterThanOrEqual(limits.minimumTrailingPoints);
          expect(trailingDistance).toBeLessThanOrEqual(limits.maximumTrailingPoints);
          const isEntry = entry.brokerPositionId === undefined;
          if (isEntry) expect(terms.units).toBeGreaterThanOrEqual(limits.minimumUnits);
        }
        const beyond = INSTRUMENTS.filter((name) => {
          const { long, short } = exchange.value.openUnits(name);
          const { maximumPositionUnits = Infinity } = instruments.named(name);
          return Math.max(long, short) > maximumPositionUnits;
        });
        expect(beyond).toEqual([]);
      }
    });
  });

  it('has no position but those its fills explain', () => {
    always(({ drawn, exchange, log }) => {
      const fills = fillsOf(log);
      const openUnits = new Map<number, number>();
      for (const { id, units, openedUnits, closed: lots } of fills) {
        expect(units).toBe(openedUnits + sum(lots.map((lot) => lot.units)));
        for (const lot of lots)
          openUnits.set(lot.brokerPositionId, (openUnits.get(lot.brokerPositionId) ?? 0) - lot.units);
        if (openedUnits > 0) openUnits.set(id, openedUnits);
      }
      const explained = [...openUnits].filter(([, units]) => units !== 0);
      const positions = [...exchange.ledger.openPositions.values()];
      expect(positions.map(({ brokerPositionId, openUnits: units }) => [brokerPositionId, units])).toEqual(
        explained,
      );
      for (const name of INSTRUMENTS) {
        const sides = new Set(
          positions.flatMap((position) => (position.instrument === name ? [position.side] : [])),
        );
        if (!drawn.hedging) expect(sides.size).toBeLessThan(2);
      }
    });
  });

  it('keeps protection only for positions that are open, at most one of a kind', () => {
    always(({ exchange: { ledger } }) => {
      const linked = [...ledger.openOrders.values()].filter(
        ({ brokerPositionId }) => brokerPositionId !== undefined,
      );
      expect(
        linked.filter(({ brokerPositionId }) => !ledger.openPositions.has(brokerPositionId ?? 0)),
      ).toEqual([]);
      const kinds = linked.map(({ brokerPositionId, terms }) => `${brokerPositionId} ${terms.orderType}`);
      expect(new Set(kinds).size).toBe(kinds.length);
    });
  });

  it('fills at the quote in force or worse by slippage and depth, and a limit never at worse than its price', () => {
    always(({ drawn, log }) => {
      const termsById = new Map(
        log.flatMap((entry) => (entry.type === 'order-created' ? [[entry.id, entry.terms]] : [])),
      );
      for (const { orderId, instrument: name, side, price, bid, ask } of fillsOf(log)) {
        const deepest = drawn.costs.depth?.[name]?.at(-1)?.pointsWorse ?? 0;
        const terms = termsById.get(orderId);
        const isLimit = terms?.orderType === 'limit' || terms?.orderType === 'take_profit';
        const slippage = isLimit ? 0 : drawn.costs.slippagePoints;
        expect(bid).toBeLessThanOrEqual(ask);
        const market = side === 'buy' ? ask + slippage : bid - slippage;
        const worse = (price - market) * (side === 'buy' ? 1 : -1);
        // At the end of a candle one that waits for a better price and was placed inside it gets its own price, or as far from it
        // as its side of the market is from the price that triggers it.
        const own = (terms?.price ?? 0) + (side === 'buy' ? slippage : -slippage);
        const beyondOwn = (price - own) * (side === 'buy' ? 1 : -1);
        const isTouched = terms?.orderType === 'market_if_touched';
        const isOwn = isLimit
          ? price === own
          : isTouched && beyondOwn >= 0 && beyondOwn <= ask - bid + deepest;
        expect((worse >= 0 && worse <= deepest) || (worse > 0 && isOwn)).toBe(true);
        if (isLimit) expect((price - (terms.price ?? 0)) * (side === 'buy' ? 1 : -1)).toBeLessThanOrEqual(0);
      }
    });
  });

  it('fills nothing while its instrument does not trade', () => {
    always(({ log }) => {
      const inClosedHours = fillsOf(log).filter(
        ({ instrument: name, at }) => !isMarketOpen(PAPER_INSTRUMENTS.hoursOf(name), at),
      );
      expect(inClosedHours).toEqual([]);
    });
  });

  it('never loosens a trailing stop', () => {
    always(({ drawn, steps }) => {
      const exchange = new Exchange(drawn);
      const levels = new Map<number, number>();
      for (const step of steps) {
        step(exchange);
        for (const { orderId, level: current } of exchange.saveState().trailingLevels) {
          const direction = exchange.ledger.openOrders.get(orderId)?.terms.side === 'sell' ? 1 : -1;
          const previous = levels.get(orderId) ?? current;
          expect((current - previous) * direction).toBeGreaterThanOrEqual(0);
          levels.set(orderId, current);
        }
      }
    });
  });

  it('changes equity by no more than rounding when everything is closed without costs', () => {
    const costs = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 };
    always(({ drawn, steps }) => {
      const exchange = new Exchange({ ...drawn, costs });
      run(exchange, steps);
      const { at } = exchange.snapshot();
      const before = exchange.equity;
      const positionIds = [...exchange.ledger.openPositions.keys()];

      for (const brokerPositionId of positionIds)
        exchange.closePosition({ id: `all-${brokerPositionId}`, brokerPositionId, decidedAt: at });

      expect(Math.abs(exchange.equity - before)).toBeLessThanOrEqual(positionIds.length / 2 + 1);
    });
  });

  it('is rebuilt from its log: the same orders, positions and balance', () => {
    always(({ drawn, exchange, log }) => {
      const ledger = new Ledger();
      for (const entry of log) ledger.apply(JSON.parse(JSON.stringify(entry)) as Transaction);
      const rebuilt = new Exchange(drawn);
      rebuilt.replay(log);

      expect(stateOf({ ledger })).toEqual(stateOf(exchange));
      expect(stateOf(rebuilt)).toStrictEqual(stateOf(exchange));
    });
  });

  it('continues after a restart as if there had been none', () => {
    always(({ drawn, steps, percent, log: whole }) => {
      const cut = Math.floor((steps.length * percent) / 100);
      const exchange = new Exchange(drawn);
      const log = run(exchange, steps.slice(0, cut));
      const restarted = new Exchange(drawn);

      restarted.replay(JSON.parse(JSON.stringify(log)) as Transaction[]);
      restarted.restoreState(
        JSON.parse(JSON.stringify(exchange.saveState())) as ReturnType<Exchange['saveState']>,
      );

      expect(restarted.snapshot()).toEqual(exchange.snapshot());
      expect(restarted.saveState()).toEqual(exchange.saveState());
      expect(run(restarted, steps.slice(cut))).toEqual(whole.slice(log.length));
    });
  });

  it('passes over no quote that matters: looking closely at each one changes nothing', () => {
    always(({ drawn, steps, log }) => {
      const careful = new Exchange(drawn);

      const looked = steps.flatMap((step) => {
        // A restored exchange takes no quote for quiet and looks at the margin again.
        careful.restoreState(careful.saveState());
        return step(careful);
      });

      expect(looked).toStrictEqual(log);
    });
  });
});
