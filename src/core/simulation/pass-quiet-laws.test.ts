/** Passing over quotes that move nothing is as good as looking at each of them: random markets, around the daily pauses and a weekend. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';

const SECOND_MS = 1_000;
// Shortly before pauses: of the New Zealand dollar at 17:58, of all instruments at 21:58, and before the weekend.
const THURSDAY_EVENING = Date.UTC(2024, 0, 11, 17, 55);
const THURSDAY_NIGHT = Date.UTC(2024, 0, 11, 21, 50);
const FRIDAY_NIGHT = Date.UTC(2024, 0, 12, 21, 50);
const FIRST_BIDS = { EUR_USD: 110_000, NZD_USD: 62_000, XAU_USD: 2_040_000 } as const;

const market = fc.record({
  name: fc.constantFrom('EUR_USD', 'NZD_USD', 'XAU_USD'),
  startAt: fc.constantFrom(THURSDAY_EVENING, THURSDAY_NIGHT, FRIDAY_NIGHT),
  costs: fc.record({
    slippagePoints: fc.constant(0),
    commissionPerMillion: fc.constant(0),
    conversionMarkup: fc.constant(0.005),
    financing: fc.constantFrom(true, false),
    depth: fc.constantFrom(undefined, {
      EUR_USD: [
        { units: 500, pointsWorse: 0 },
        { units: 700, pointsWorse: 3 },
      ],
    }),
  }),
});

const rowDrawn = fc.record({
  waitMs: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 20 * SECOND_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_600 * SECOND_MS }) },
  ),
  move: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -25, max: 25 })),
  spread: fc.integer({ min: 1, max: 12 }),
});

const requested = fc.record({
  afterRow: fc.nat(199),
  orderType: fc.constantFrom('market', 'limit', 'stop', 'market_if_touched'),
  side: fc.constantFrom('buy', 'sell'),
  units: fc.integer({ min: 1, max: 2_000 }),
  offset: fc.integer({ min: -150, max: 150 }),
  stopLossDistance: fc.option(fc.integer({ min: 30, max: 200 }), { nil: undefined }),
  trailingDistance: fc.option(fc.integer({ min: 50, max: 200 }), { nil: undefined, freq: 2 }),
  lastsMs: fc.option(fc.integer({ min: 1, max: 1_800 * SECOND_MS }), { nil: undefined }),
  triggerCondition: fc.constantFrom(undefined, 'INVERSE', 'MID'),
});

const quotes = fc.array(rowDrawn, { minLength: 200, maxLength: 200 });
const requests = fc.array(requested, { minLength: 1, maxLength: 8 });

type Market = typeof market extends fc.Arbitrary<infer T> ? T : never;
type Request = typeof requested extends fc.Arbitrary<infer T> ? T : never;
type Row = typeof rowDrawn extends fc.Arbitrary<infer T> ? T : never;

function rowsOf({ name, startAt }: Market, drawn: readonly Row[]): QuoteRows {
  let at = startAt;
  let price = FIRST_BIDS[name];
  const rows = drawn.map(({ waitMs, move, spread }) => {
    at += waitMs;
    price += move;
    return { at, bid: price, ask: price + spread };
  });
  return {
    times: Float64Array.from(rows, (row) => row.at),
    bid: Int32Array.from(rows, ({ bid }) => bid),
    ask: Int32Array.from(rows, ({ ask }) => ask),
  };
}

function termsOf(name: string, drawn: Request, at: number, bid: number): OrderTerms {
  const { orderType, side, units, stopLossDistance, trailingDistance, lastsMs, triggerCondition } = drawn;
  const base = { instrument: name, orderType, side, units, stopLossDistance, trailingDistance };
  if (orderType === 'market') return { ...base, timeInForce: 'FOK' };
  const lifetime =
    lastsMs === undefined
      ? ({ timeInForce: 'GFD' } as const)
      : ({ timeInForce: 'GTD', expiresAt: at + lastsMs } as const);
  return { ...base, ...lifetime, price: bid + drawn.offset, triggerCondition };
}

/** The quotes up to a row: beyond the last there are none to pass over. */
function until({ times, bid, ask }: QuoteRows, row: number): QuoteRows {
  return { times: times.slice(0, row), bid: bid.slice(0, row), ask: ask.slice(0, row) };
}

/** Runs the market on an exchange, by passing over what is quiet, or by looking closely at every quote. */
function run(drawn: Market, rows: QuoteRows, asked: readonly Request[], passesOver: boolean): unknown {
  const { name, startAt, costs } = drawn;
  const exchange = new Exchange({ currency: 'USD', costs, hedging: false });
  const log: Transaction[] = [...exchange.openAccount(20_000_000_000, startAt)];
  const states: unknown[] = [];
  let passed = 0;
  let row = 0;
  const quoteAt = (index: number): Quote => ({
    instrument: name,
    at: rows.times[index] ?? 0,
    bid: rows.bid[index] ?? 0,
    ask: rows.ask[index] ?? 0,
  });
  const showUntil = (end: number): void => {
    const part = until(rows, end);
    while (row < end) {
      const from = row;
      if (passesOver) row = exchange.quietStretch(name, part, { from, to: end }, Infinity).to;
      // A restored exchange takes no quote for quiet.
      else exchange.restoreState(exchange.saveState());
      passed += row - from;
      if (row > from) exchange.passQuiet(quoteAt(row - 1));
      if (row >= end) return;
      log.push(...exchange.onQuote(quoteAt(row)));
      row += 1;
    }
  };
  const inOrder = asked.toSorted((a, b) => a.afterRow - b.afterRow);
  for (const [index, request] of inOrder.entries()) {
    showUntil(request.afterRow + 1);
    const decidedAt = rows.times[request.afterRow] ?? 0;
    const terms = termsOf(name, request, decidedAt, rows.bid[request.afterRow] ?? 0);
    states.push(exchange.saveState());
    log.push(...exchange.submitOrder({ id: `order-${index}`, terms, decidedAt }));
  }
  showUntil(rows.times.length);
  return { log, states: [...states, exchange.saveState()], snapshot: exchange.snapshot(), passed };
}

describe('passing over quiet quotes', () => {
  it('comes to the same log, state and money as looking closely at every quote', () => {
    let passedInAll = 0;
    let closedInAll = 0;
    fc.assert(
      fc.property(market, quotes, requests, (drawn, drawnRows, asked) => {
        const rows = rowsOf(drawn, drawnRows);

        const quick = run(drawn, rows, asked, true) as { readonly passed: number };
        const plain = run(drawn, rows, asked, false) as { readonly passed: number };

        passedInAll += quick.passed;
        const hours = PAPER_INSTRUMENTS.hoursOf(drawn.name);
        closedInAll += rows.times.filter((at) => !isMarketOpen(hours, at)).length;
        expect({ ...quick, passed: 0 }).toStrictEqual(plain);
      }),
      { numRuns: 200 },
    );
    // Else nothing was compared.
    expect(passedInAll).toBeGreaterThan(1_000);
    expect(closedInAll).toBeGreaterThan(1_000);
  });
});
