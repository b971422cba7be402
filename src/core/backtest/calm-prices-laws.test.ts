/** A record that passes over prices of which it keeps nothing has the same afterwards as one that observed each. */

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { CalmPrices } from '../engine/calm-prices.ts';
import { observeRows } from '../engine/observe-rows.ts';
import { Portfolio } from '../engine/portfolio.ts';
import { WrittenLog } from '../engine/testing/written-log.ts';
import { RunRecord } from './run-record.ts';
import { candleBatch } from './testing/candle-batch.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Quote, RowStretch } from '../domain/quote.ts';
import type { OpenUnits } from '../domain/account-value.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { MovingQuote } from '../engine/observe-rows.ts';

const BALANCE = 100_000_000;
/** Quotes far apart make the stretches of the curve half an hour long. A trading day ends half an hour after the last of them. */
const SPARSE_GAP_MS = 20 * 60_000;
const SPARSE_QUOTES = 1_010;
const DENSE_FROM = Date.UTC(2024, 0, 31, 21, 30);
const START = DENSE_FROM - SPARSE_QUOTES * SPARSE_GAP_MS;

const TERMS = { instruments: PAPER_INSTRUMENTS, currency: 'USD', markup: 0, rateOf: () => 1 } as const;
const QUOTE: Quote = { instrument: 'EUR_USD', at: START, bid: 110_000, ask: 110_001 };

const moves = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 20_000 }),
    move: fc.integer({ min: -4, max: 4 }),
    spread: fc.constantFrom(0, 0, 0, 1, 3),
  }),
  { minLength: 1, maxLength: 12 },
);
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant('rows' as const), moves }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('quote' as const), moves }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('open' as const), side: fc.constantFrom('buy', 'sell') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('transfer' as const), amount: fc.constantFrom(-500, 500) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An account, and a record of it that is shown rows together or one by one. */
class Run {
  readonly record = new RunRecord(TERMS, START, BALANCE);
  passed = 0;
  readonly #isTogether: boolean;
  readonly #log = new WrittenLog(START);
  readonly #portfolio = new Portfolio({ currency: 'USD', markup: 0, instruments: PAPER_INSTRUMENTS });
  readonly #quote: MovingQuote = { ...QUOTE };
  #orders = 0;

  constructor(isTogether: boolean) {
    this.#isTogether = isTogether;
    const { record } = this;
    const pass = record.pass.bind(record);
    record.pass = (at, equity) => {
      this.passed += 1;
      pass(at, equity);
    };
    this.#take(this.#log.open('USD', BALANCE));
    this.#portfolio.value.setQuote(this.#quote);
    for (let count = 0; count < SPARSE_QUOTES; count += 1) {
      this.#quote.at += SPARSE_GAP_MS;
      record.observe(this.#quote, this.#portfolio.equity());
    }
  }

  play(steps: readonly Step[]): unknown {
    for (const drawn of steps) this.#play(drawn);
    const { record } = this;
    const left = { positions: [], quoteOf: () => this.#quote };
    return {
      measures: record.measure(this.#quote.at, left),
      curve: record.curve.points(),
      trades: record.trades,
    };
  }

  #play(drawn: Step): void {
    const { at, bid, ask } = this.#quote;
    this.#log.setTime(at);
    switch (drawn.type) {
      case 'rows':
        return this.#showRows(drawn.moves, this.#isTogether);
      case 'quote':
        return this.#showRows(drawn.moves, false);
      case 'transfer':
        return this.#take(this.#log.transfer(drawn.amount));
      case 'open': {
        const { side } = drawn;
        const terms = {
          instrument: 'EUR_USD',
          orderType: 'market',
          side,
          units: 10_000,
          timeInForce: 'FOK',
        } as const;
        const request = { id: `o-${(this.#orders += 1)}`, terms, decidedAt: at };
        return this.#take(this.#log.acceptAndFill(request, side === 'buy' ? ask : bid));
      }
      case 'close': {
        const [position] = this.#log.ledger.openPositions.values();
        if (!position) return;
        const { brokerPositionId, openUnits: units, side } = position;
        const request = { id: `o-${(this.#orders += 1)}`, brokerPositionId, units, decidedAt: at };
        return this.#take(this.#log.close(request, side === 'long' ? bid : ask));
      }
    }
  }

  #take(transactions: readonly Transaction[]): void {
    this.record.add(transactions.flatMap((transaction) => this.#portfolio.apply(transaction) ?? []));
  }

  #showRows(drawn: Extract<Step, { type: 'rows' }>['moves'], isTogether: boolean): void {
    const count = drawn.length;
    const rows = { times: new Float64Array(count), bid: new Int32Array(count), ask: new Int32Array(count) };
    let { at, bid } = this.#quote;
    for (const [row, { waitMs, move, spread }] of drawn.entries()) {
      rows.times[row] = at += waitMs;
      rows.bid[row] = bid += move;
      rows.ask[row] = bid + spread;
    }
    const observed = { rows, range: { from: 0, to: count }, observer: this.record };
    const isUnpassed = isTogether && observeRows(this.#portfolio, this.#quote, observed);
    for (let row = 0; row < count; row += 1) {
      Object.assign(this.#quote, { at: rows.times[row], bid: rows.bid[row], ask: rows.ask[row] });
      if (!isTogether) this.record.observe(this.#quote, this.#portfolio.equity());
    }
    if (isUnpassed) this.record.pass(this.#quote.at, this.#portfolio.equity());
  }
}

it('has the same whether it is shown rows together or each', () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
      const [together, each] = [new Run(true), new Run(false)];

      expect(together.play(steps)).toEqual(each.play(steps));
      passed += together.passed;
    }),
    { numRuns: 150 },
  );
  expect(passed).toBeGreaterThan(500);
});

const BOTH = { long: 1, short: 1 };

/** Has bids from 100 to 110, asks from 101 to 111 and spreads from 0 to 2 calm until an instant. */
function widen(calm: CalmPrices, until: number, units: OpenUnits = BOTH): void {
  const corners = [
    { bid: 101, ask: 101 },
    { bid: 100, ask: 102 },
    { bid: 110, ask: 111 },
  ];
  for (const corner of corners) calm.widen({ instrument: 'EUR_USD', at: 0, ...corner }, units, until);
}

it('judges prices again when a peak, the time or another instrument ended what was calm, and when the log changed something', () => {
  const record = new RunRecord(TERMS, START, BALANCE);
  record.observe(QUOTE, BALANCE);
  const isCalmAfter = (change: () => void): boolean => {
    widen(record.calm, Infinity);
    change();
    const rows = { times: Float64Array.of(START), bid: Int32Array.of(105), ask: Int32Array.of(106) };
    return record.calm.firstOutside('EUR_USD', rows, { from: 0, to: 1 }) === 1;
  };

  expect(isCalmAfter(() => record.observe({ ...QUOTE, at: record.calmUntil }, BALANCE - 9))).toBe(false);
  expect(isCalmAfter(() => record.observe(QUOTE, BALANCE))).toBe(false);
  expect(isCalmAfter(() => record.add([]))).toBe(false);
  expect(isCalmAfter(() => record.observe({ ...QUOTE, instrument: 'GBP_USD' }, BALANCE - 9))).toBe(false);
  expect(isCalmAfter(() => record.observe(QUOTE, BALANCE - 10))).toBe(true);
  expect(isCalmAfter(() => record.pass(START, BALANCE - 5))).toBe(true);
});

function stretchOf(bid: number, ask: number): RowStretch {
  return { from: 0, to: 1, lowBid: bid, highBid: bid, lowAsk: ask, highAsk: ask };
}

/** A candle inside which the price does not move. */
function flatCandle(bid: number, ask: number): CandleRows {
  return candleBatch([{ at: 0, bid: [bid, bid, bid, bid], ask: [ask, ask, ask, ask] }]);
}

it.each([
  ['a quote inside', 'EUR_USD', 9, 110, 111, true],
  ['another instrument', 'GBP_USD', 9, 110, 111, false],
  ['the time at which it ends', 'EUR_USD', 10, 110, 111, false],
  ['a bid below', 'EUR_USD', 9, 99, 111, false],
  ['a bid above', 'EUR_USD', 9, 111, 111, false],
  ['an ask below', 'EUR_USD', 9, 100, 100, false],
  ['an ask above', 'EUR_USD', 9, 110, 112, false],
  ['a spread above', 'EUR_USD', 9, 102, 105, false],
] as const)('knows of %s whether it is calm', (_, instrument, at, bid, ask, isCalm) => {
  const calm = new CalmPrices();
  widen(calm, 10);

  const rows = { times: Float64Array.of(at), bid: Int32Array.of(bid), ask: Int32Array.of(ask) };
  expect(calm.firstOutside(instrument, rows, { from: 0, to: 1 })).toBe(isCalm ? 1 : 0);
  expect(calm.includesCandle(instrument, at, flatCandle(bid, ask), 0)).toBe(isCalm);
  // The lowest bid and the highest ask of rows do not say how wide their spreads are.
  expect(calm.includesRows(instrument, rows, stretchOf(bid, ask))).toBe(false);
});

it.each(['open', 'close'])('knows a candle that is not calm by its %s alone', (place) => {
  const calm = new CalmPrices();
  widen(calm, 10);
  const candleWith = (ask: number): CandleRows => {
    const asks = { open: 104, close: 104, [place]: ask };
    return candleBatch([{ at: 0, bid: [103, 108, 101, 103], ask: [asks.open, 110, 103, asks.close] }]);
  };

  expect(calm.includesCandle('EUR_USD', 9, candleWith(106), 0)).toBe(false);
  expect(calm.includesCandle('EUR_USD', 9, candleWith(105), 0)).toBe(true);
});

it.each([
  ['longs an ask', { long: 1, short: 0 }, 105, 999, true],
  ['longs a bid', { long: 1, short: 0 }, 99, 105, false],
  ['shorts a bid', { long: 0, short: 1 }, 1, 105, true],
  ['shorts an ask', { long: 0, short: 1 }, 105, 112, false],
  ['lots of another instrument any price', { long: 0, short: 0 }, 1, 999, true],
] as const)('knows whether to %s matters', (_, units, bid, ask, isCalm) => {
  const calm = new CalmPrices();
  widen(calm, 10, units);

  const rows = { times: Float64Array.of(9), bid: Int32Array.of(bid), ask: Int32Array.of(ask) };
  expect(calm.firstOutside('EUR_USD', rows, { from: 0, to: 1 })).toBe(isCalm ? 1 : 0);
  expect(calm.includesCandle('EUR_USD', 9, flatCandle(bid, ask), 0)).toBe(isCalm);
  expect(calm.includesRows('EUR_USD', rows, stretchOf(bid, ask))).toBe(isCalm);
  expect(calm.includesRows('EUR_USD', { ...rows, times: Float64Array.of(10) }, stretchOf(bid, ask))).toBe(
    false,
  );
  expect(calm.includesRows('GBP_USD', rows, stretchOf(bid, ask))).toBe(false);
});
