/** Orders that are larger than what the market takes at its best price. */

import { describe, expect, it } from 'vitest';
import { Ledger } from '../domain/ledger.ts';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { OrderFilled, Transaction } from '../domain/transaction.ts';
import type { Travel } from './order-matcher.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const DEPTH = {
  EUR_USD: [
    { units: 1_000, pointsWorse: 0 },
    { units: 2_000, pointsWorse: 3 },
    { units: 5_000, pointsWorse: 10 },
  ],
};

/** An account of 100,000 US dollars that sees EUR_USD at 1.10000/1.10010; a second passes with each quote. */
class Market {
  exchange: Exchange;
  readonly log: Transaction[] = [];
  readonly #options: ExchangeOptions;
  #at = MONDAY_NOON;
  #ids = 0;

  constructor({ hedging = false, balance = 1_000_000_000 } = {}) {
    this.#options = { currency: 'USD', costs: { ...DEFAULT_COSTS, depth: DEPTH }, hedging };
    this.exchange = new Exchange(this.#options);
    this.#note(this.exchange.openAccount(balance, this.#at));
    this.quote(110_000);
  }

  quote(bid: number, travel: Travel = 'jump'): readonly Transaction[] {
    this.#at += 1_000;
    const stops: Transaction[] = [];
    const quote = { instrument: 'EUR_USD', at: this.#at, bid, ask: bid + 10 };
    const rest = this.exchange.onQuote(quote, travel, (written) => stops.push(...written));
    return this.#note([...stops, ...rest]);
  }

  order(terms: Partial<OrderTerms> & Pick<OrderTerms, 'units'>): readonly Transaction[] {
    const orderType = terms.orderType ?? (terms.price === undefined ? 'market' : 'limit');
    const timeInForce = orderType === 'market' ? 'FOK' : 'GTC';
    const id = `o${(this.#ids += 1)}`;
    const kind = { instrument: 'EUR_USD', side: 'buy', orderType, timeInForce } as const;
    return this.#note(this.exchange.submitOrder({ id, terms: { ...kind, ...terms }, decidedAt: this.#at }));
  }

  close(brokerPositionId: number, units?: number): readonly Transaction[] {
    const id = `o${(this.#ids += 1)}`;
    return this.#note(this.exchange.closePosition({ id, brokerPositionId, units, decidedAt: this.#at }));
  }

  /** Another exchange takes over the log and the saved state. */
  restart(): void {
    const state = this.exchange.saveState();
    this.exchange = new Exchange(this.#options);
    this.exchange.replay(this.log);
    this.exchange.restoreState(structuredClone(state));
  }

  #note(written: readonly Transaction[]): readonly Transaction[] {
    this.log.push(...written);
    return written;
  }
}

const fillsOf = (written: readonly Transaction[]): readonly OrderFilled[] =>
  written.flatMap((entry) => (entry.type === 'order-filled' ? [entry] : []));
/** Units, price and what is left of each fill. */
const filled = (written: readonly Transaction[]) =>
  fillsOf(written).map(({ units, price, remainingUnits }) => [units, price, remainingUnits]);
const cancelled = (written: readonly Transaction[]) =>
  written.flatMap((entry) => (entry.type === 'order-cancelled' ? [entry.reason] : []));

describe('a market order', () => {
  it('takes bucket after bucket, and its price is their average', () => {
    const market = new Market();

    const [fill] = fillsOf(market.order({ units: 3_000 }));

    expect(fill).toMatchObject({ units: 3_000, price: 110_012, openedUnits: 3_000 });
    // The two points beyond the ask are its slippage: 3,000 × 0.00002.
    expect(fill?.slippageCost).toBe(600);
    expect(fill).not.toHaveProperty('remainingUnits');
  });

  it('that must fill whole is cancelled where depth lacks', () => {
    const market = new Market();
    const written = market.order({ units: 8_001 });

    expect(filled(written)).toEqual([]);
    expect(cancelled(written)).toEqual(['no-liquidity']);
    expect(market.exchange.ledger.openPositions.size).toBe(0);
  });

  it('that may fill in part takes what there is, and its rest is cancelled', () => {
    const market = new Market();
    const written = market.order({ units: 9_000, timeInForce: 'IOC' });

    expect(filled(written)).toEqual([[8_000, 110_017, 1_000]]);
    expect(cancelled(written)).toEqual(['no-liquidity']);
    expect(written.map(({ batchId }) => batchId)).toEqual(written.map(() => written[0]?.id));
    expect(market.exchange.ledger.openOrders.size).toBe(0);
  });

  it('takes no bucket beyond its bound', () => {
    const whole = new Market().order({ units: 3_001, priceBound: 110_013 });
    const inPart = new Market().order({ units: 3_001, priceBound: 110_013, timeInForce: 'IOC' });
    const none = new Market().order({ units: 1, priceBound: 110_009, timeInForce: 'IOC' });

    expect([filled(whole), cancelled(whole)]).toEqual([[], ['bounds-violated']]);
    expect([filled(inPart), cancelled(inPart)]).toEqual([[[3_000, 110_012, 1]], ['bounds-violated']]);
    expect([filled(none), cancelled(none)]).toEqual([[], ['bounds-violated']]);
  });

  it('leaves the next one at the same quote what it did not take; the other side is untouched', () => {
    const market = new Market({ hedging: true });
    market.order({ units: 3_000 });

    expect(filled(market.order({ units: 5_000 }))).toEqual([[5_000, 110_020, undefined]]);
    expect(cancelled(market.order({ units: 1 }))).toEqual(['no-liquidity']);
    expect(filled(market.order({ units: 1_000, side: 'sell' }))).toEqual([[1_000, 110_000, undefined]]);
    market.quote(110_000);
    expect(filled(market.order({ units: 1_000 }))).toEqual([[1_000, 110_010, undefined]]);
  });

  it.each(['buy', 'sell'] as const)('to %s leaves no more of the same quote after a restart', (side) => {
    const market = new Market({ hedging: true });
    market.order({ units: 3_000, side });
    market.restart();

    expect(fillsOf(market.order({ units: 5_000, side }))).toMatchObject([
      { units: 5_000, price: side === 'buy' ? 110_020 : 109_990 },
    ]);
    expect(cancelled(market.order({ units: 1, side }))).toEqual(['no-liquidity']);
  });

  it('needs margin for the units that it gets, not for those that it asked for', () => {
    const market = new Market({ balance: 10_000_000 });

    const written = market.order({ units: 100_000, timeInForce: 'IOC' });

    expect(filled(written)).toEqual([[8_000, 110_017, 92_000]]);
  });
});

describe('an order that waits', () => {
  it('fills in part at quote after quote, at its price or better, until it is filled', () => {
    const market = new Market();
    market.order({ units: 4_500, price: 109_000 });

    // At an ask of 1.09000 only the first bucket is not beyond the price.
    const first = market.quote(108_990);
    const second = market.quote(108_988);
    const third = market.quote(108_900);

    expect(filled(first)).toEqual([[1_000, 109_000, 3_500]]);
    expect(filled(second)).toEqual([[1_000, 108_998, 2_500]]);
    expect(filled(third)).toEqual([[2_500, 108_912, undefined]]);
    expect(market.exchange.ledger.openOrders.size).toBe(0);
    expect([...market.exchange.ledger.openPositions.values()].map(({ openUnits }) => openUnits)).toEqual([
      1_000, 1_000, 2_500,
    ]);
  });

  it('fills once at a quote, however often that is looked at', () => {
    const market = new Market();
    market.order({ units: 9_000, price: 110_030 });

    expect(filled(market.log)).toEqual([[8_000, 110_017, 1_000]]);
    market.order({ units: 10, price: 100_000 });
    expect(fillsOf(market.log)).toHaveLength(1);
    expect(filled(market.quote(110_000))).toEqual([[1_000, 110_010, undefined]]);
  });

  it('shows in the ledger what filled and at which average price', () => {
    const market = new Market();
    market.order({ units: 4_500, price: 109_000 });
    market.quote(108_990);
    market.quote(108_988);
    const ledger = new Ledger();
    const orders = market.log.flatMap((entry) => ledger.apply(entry).orders);

    expect(orders.at(-1)).toMatchObject({
      status: 'partially_filled',
      filledUnits: 2_000,
      averagePrice: 108_999,
    });
  });

  it('brings its protection along with each part', () => {
    const market = new Market();
    market.order({ units: 1_500, price: 109_000, stopLoss: 108_000 });
    market.quote(108_990);
    market.quote(108_980);

    const stops = [...market.exchange.ledger.openOrders.values()];
    expect(stops.map(({ terms, brokerPositionId }) => [terms.units, brokerPositionId])).toEqual([
      [1_000, 4],
      [500, 6],
    ]);
  });

  it('that may wait for its rest keeps waiting after a cancel of nothing, and ends when it is cancelled', () => {
    const market = new Market();
    market.order({ units: 4_500, price: 109_000 });
    market.quote(108_990);

    const [order] = market.exchange.ledger.openOrders.values();
    const written = market.exchange.cancelOrder(order?.orderId ?? 0, 0);

    expect(written).toMatchObject([{ type: 'order-cancelled', reason: 'client-request' }]);
    expect(market.exchange.ledger.openPositions.size).toBe(1);
  });

  it('at the market: a stop fills in part, and its rest when the price is there again', () => {
    const market = new Market();
    market.order({ units: 9_000, orderType: 'stop', price: 111_000 });

    expect(filled(market.quote(111_000))).toEqual([[8_000, 111_017, 1_000]]);
    expect(market.quote(110_000)).toEqual([]);
    expect(filled(market.quote(111_100))).toEqual([[1_000, 111_110, undefined]]);
  });

  it('beyond its bound: what fills stays, the rest is cancelled', () => {
    const market = new Market();
    market.order({ units: 4_000, orderType: 'stop', price: 111_000, priceBound: 111_015 });

    const written = market.quote(111_000);

    expect(filled(written)).toEqual([[3_000, 111_012, 1_000]]);
    expect(cancelled(written)).toEqual(['bounds-violated']);
  });

  it('kills or cancels at once where it may not wait', () => {
    const killed = new Market().order({ units: 9_000, price: 110_030, timeInForce: 'FOK' });
    const immediate = new Market().order({ units: 9_000, price: 110_010, timeInForce: 'IOC' });

    expect([filled(killed), cancelled(killed)]).toEqual([[], ['no-liquidity']]);
    expect([filled(immediate), cancelled(immediate)]).toEqual([[[1_000, 110_010, 8_000]], ['no-liquidity']]);
  });

  it('inside a candle fills in part where it is triggered, and further on the next leg', () => {
    const market = new Market();
    market.order({ units: 4_000, price: 109_500 });

    const written = [
      ...market.quote(110_000),
      ...market.quote(109_400, 'continuous'),
      ...market.quote(110_100, 'continuous'),
      ...market.quote(110_000, 'closing'),
    ];

    // Where the ask is 1.09500 the first bucket fills; at the low of 1.09410 all of the rest does.
    expect(filled(written)).toEqual([
      [1_000, 109_500, 3_000],
      [3_000, 109_412, undefined],
    ]);
  });
});

describe('a position that is larger than the depth', () => {
  it('is closed in parts: a close that lacks depth is cancelled', () => {
    const market = new Market();
    market.order({ units: 8_000 });
    market.quote(110_000);
    market.order({ units: 1_000 });
    const [first = 0, second = 0] = market.exchange.ledger.openPositions.keys();
    market.close(second);

    expect(cancelled(market.close(first))).toEqual(['no-liquidity']);
    expect(filled(market.close(first, 2_000))).toEqual([[2_000, 109_997, undefined]]);
  });

  it('is left by its trailing stop in parts, which does not loosen in between', () => {
    const market = new Market();
    market.order({ units: 3_000, trailingDistance: 100 });
    market.quote(110_000);
    market.order({ units: 8_000, trailingDistance: 100 });
    market.quote(111_000);

    const first = market.quote(110_900);
    const [level] = market.exchange.saveState().trailingLevels;
    const second = market.quote(110_950);
    const third = market.quote(110_890);

    expect(filled(first)).toEqual([
      [3_000, 110_898, undefined],
      [5_000, 110_890, 3_000],
    ]);
    expect(level).toMatchObject({ level: 110_900 });
    expect(second).toEqual([]);
    expect(filled(third)).toEqual([[3_000, 110_888, undefined]]);
    expect(market.exchange.ledger.openOrders.size).toBe(0);
  });

  it('is closed out whole, beyond the last bucket at its price', () => {
    const market = new Market({ balance: 5_000_000 });
    market.order({ units: 8_000 });
    market.quote(110_000);
    market.order({ units: 3_000 });

    const written = market.quote(106_500);

    expect(fillsOf(written)).toMatchObject([
      { reason: 'margin_closeout', units: 8_000 },
      { reason: 'margin_closeout', units: 3_000, price: 106_490 },
    ]);
    expect(market.exchange.ledger.openPositions.size).toBe(0);
  });
});
