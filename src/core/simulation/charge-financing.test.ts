/** What holding positions costs: charged at 17:00 New York, once for each trading day, whatever comes in between. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/trading-calendar.ts';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { FinancingCharged, Transaction } from '../domain/transaction.ts';
import type { CostModel } from './costs.ts';
import type { ExchangeOptions } from './exchange.ts';

/** In winter 17:00 in New York is 22:00 UTC. */
const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const MONDAY_END = Date.UTC(2024, 0, 8, 22);
const [TUESDAY_END, WEDNESDAY_END, THURSDAY_END, FRIDAY_END] = [1, 2, 3, 4].map(
  (days) => MONDAY_END + days * DAY_MS,
) as [number, number, number, number];
/** The market pauses from two minutes before the end of a day to three minutes after it. */
const [CLOSES_BEFORE, OPENS_AFTER] = [2 * MINUTE_MS, 3 * MINUTE_MS];
const NEXT_MONDAY_END = MONDAY_END + 7 * DAY_MS;

/** EUR_USD: longs pay 2 − 3.75 − 2.5 = 4.25 % a year, shorts the markup of 2.5 %. */
const LONG_RATE = -0.0425;
const SHORT_RATE = -0.025;

/** An account of 100,000 that sees EUR_USD at 1.09995/1.10005: the middle is 1.1. */
function openExchange({
  at = MONDAY_NOON,
  ...options
}: Partial<ExchangeOptions> & { at?: number } = {}): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: true, ...options });
  noteLog(exchange, exchange.openAccount(1_000_000_000, at));
  quote(exchange, at, 109_995);
  return exchange;
}

function quote(exchange: Exchange, at: number, bid: number, instrument = 'EUR_USD'): readonly Transaction[] {
  return noteLog(exchange, exchange.onQuote({ instrument, at, bid, ask: bid + 10 }));
}

function trade(exchange: Exchange, side: 'buy' | 'sell', units: number, instrument = 'EUR_USD'): void {
  const { at, lastTransactionId } = exchange.snapshot();
  const terms = { instrument, orderType: 'market', side, units, timeInForce: 'FOK' } as const;
  noteLog(exchange, exchange.submitOrder({ id: `order-${lastTransactionId}`, terms, decidedAt: at }));
}

const logs = new WeakMap<Exchange, Transaction[]>();
const logOf = (exchange: Exchange): readonly Transaction[] => logs.get(exchange) ?? [];

/** Keeps what an exchange wrote while its account was prepared. */
function noteLog(exchange: Exchange, written: readonly Transaction[]): readonly Transaction[] {
  logs.set(exchange, [...logOf(exchange), ...written]);
  return written;
}

const chargesOf = (log: readonly Transaction[]): readonly FinancingCharged[] =>
  log.flatMap((entry) => (entry.type === 'financing-charged' ? [entry] : []));
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const withCosts = (costs: Partial<CostModel>) => ({ costs: { ...DEFAULT_COSTS, ...costs } });

describe('at the end of a trading day', () => {
  it('every open lot is charged units × price × rate / 365, at the middle of the last quote, without a quote', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100_000);
    trade(exchange, 'sell', 10_000);
    quote(exchange, MONDAY_NOON + 1, 119_995);

    expect(exchange.nextClockAt).toBe(MONDAY_END);
    expect(exchange.onClock(MONDAY_END - 1)).toEqual([]);
    const [charge, ...others] = exchange.onClock(MONDAY_END);

    const [long, short] = [100_000 * 1.2 * LONG_RATE, 10_000 * 1.2 * SHORT_RATE].map(
      (perYear) => (perYear * 10_000) / 365,
    ) as [number, number];
    const amount = Math.round(long + short);
    const first = Math.round(long);
    expect(others).toEqual([]);
    expect(charge).toEqual({
      type: 'financing-charged',
      id: 7,
      batchId: 7,
      at: MONDAY_END,
      amount,
      charges: [
        { brokerPositionId: 4, amount: first },
        { brokerPositionId: 6, amount: amount - first },
      ],
      balance: 1_000_000_000 + amount,
    });
    expect(exchange.snapshot().balance).toBe(1_000_000_000 + amount);
    expect(exchange.nextClockAt).toBe(TUESDAY_END);
  });

  it('the parts add up to the total, which is rounded once; lots are in the order of instruments, then of age', () => {
    const exchange = openExchange();
    quote(exchange, MONDAY_NOON, 100_000, 'AUD_USD');
    for (const units of [7, 11, 13]) trade(exchange, 'buy', units);
    trade(exchange, 'sell', 5, 'AUD_USD');

    const [charge] = chargesOf(exchange.onClock(MONDAY_END));

    expect(sum(charge?.charges.map(({ amount }) => amount) ?? [])).toBe(charge?.amount);
    expect(charge?.charges.map(({ brokerPositionId }) => brokerPositionId)).toEqual([10, 4, 6, 8]);
  });

  it('one day is charged as a rule, three on Wednesday and none at the weekend', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);

    const charges = chargesOf(exchange.onClock(NEXT_MONDAY_END));

    const days = [MONDAY_END, TUESDAY_END, WEDNESDAY_END, THURSDAY_END, FRIDAY_END, NEXT_MONDAY_END];
    const perDay = Math.round((10_000 * 1.1 * LONG_RATE * 10_000) / 365);
    const perThree = Math.round((3 * 10_000 * 1.1 * LONG_RATE * 10_000) / 365);
    expect(charges.map(({ at }) => at)).toEqual(days);
    expect(charges.map(({ amount }) => amount)).toEqual([perDay, perDay, perThree, perDay, perDay, perDay]);
  });

  it.each([
    { name: 'winter', noon: Date.UTC(2024, 0, 8, 12), endsAt: Date.UTC(2024, 0, 8, 22) },
    { name: 'summer', noon: Date.UTC(2024, 6, 8, 12), endsAt: Date.UTC(2024, 6, 8, 21) },
  ])('17:00 is that of New York in $name', ({ noon, endsAt }) => {
    const exchange = openExchange({ at: noon });
    trade(exchange, 'buy', 10_000);

    expect(quote(exchange, noon + DAY_MS / 2, 110_000)).toMatchObject([{ at: endsAt }]);
  });

  it('a quote, a request and a clock event that pass several days bring each, before what comes then', () => {
    const [byQuote, byRequest] = [openExchange(), openExchange()];
    for (const exchange of [byQuote, byRequest]) trade(exchange, 'buy', 10_000);

    const quoted = quote(byQuote, TUESDAY_END + OPENS_AFTER, 120_000);
    const requested = byRequest.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: TUESDAY_END + 1 });

    expect(quoted.map(({ at }) => at)).toEqual([MONDAY_END, TUESDAY_END]);
    expect(chargesOf(requested)).toEqual(quoted);
    expect(requested.map(({ type }) => type)).toEqual([
      'financing-charged',
      'financing-charged',
      'order-created',
      'order-cancelled',
    ]);
  });

  it('nothing is charged when nothing is open', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);
    exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: MONDAY_END - CLOSES_BEFORE - 1 });

    expect(exchange.onClock(NEXT_MONDAY_END)).toEqual([]);
    expect(exchange.nextClockAt).toBe(NEXT_MONDAY_END + DAY_MS);
  });

  it('what is open is charged before the orders of the day expire', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 1,
      price: 90_000,
    } as const;
    exchange.submitOrder({
      id: 'day',
      terms: { ...terms, timeInForce: 'GFD' },
      decidedAt: MONDAY_NOON,
    });
    exchange.submitOrder({
      id: 'date',
      terms: { ...terms, timeInForce: 'GTD', expiresAt: TUESDAY_END },
      decidedAt: MONDAY_NOON,
    });

    expect(exchange.onClock(WEDNESDAY_END - 1).map(({ type, at }) => [type, at])).toEqual([
      ['financing-charged', MONDAY_END],
      ['order-cancelled', MONDAY_END],
      ['financing-charged', TUESDAY_END],
      ['order-cancelled', TUESDAY_END],
    ]);
  });

  it('a lot that is opened after the pause belongs to the next day, and one that is closed then to this one', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);

    const opening = quote(exchange, MONDAY_END + OPENS_AFTER, 110_000);
    const decidedAt = MONDAY_END + OPENS_AFTER;
    const closed = exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt });
    trade(exchange, 'buy', 10_000);

    expect(chargesOf(opening)).toMatchObject([{ at: MONDAY_END }]);
    expect(closed.map(({ type }) => type)).toEqual(['order-created', 'order-filled']);
    expect(exchange.onClock(TUESDAY_END - 1)).toEqual([]);
    expect(chargesOf(exchange.onClock(TUESDAY_END))).toHaveLength(1);
  });

  it('the amount is converted as results are: paid at more than the middle rate, received at less', () => {
    const rates = { longRate: -0.05, shortRate: 0.05 };
    const options = { currency: 'JPY', ...withCosts({ financing: rates }) };
    const [paying, receiving] = [openExchange(options), openExchange(options)];
    for (const exchange of [paying, receiving]) quote(exchange, MONDAY_NOON, 149_995, 'USD_JPY');
    trade(paying, 'buy', 100);
    trade(receiving, 'sell', 100);

    const perYear = 100 * 1.1 * 150 * 0.05 * 10_000;
    expect(chargesOf(paying.onClock(MONDAY_END))[0]?.amount).toBe(-Math.round((perYear * 1.005) / 365));
    expect(chargesOf(receiving.onClock(MONDAY_END))[0]?.amount).toBe(Math.round((perYear * 0.995) / 365));
  });

  it('an account in the base currency pays for its units, at no price', () => {
    const exchange = openExchange({ currency: 'EUR' });
    trade(exchange, 'buy', 10_000);

    expect(chargesOf(exchange.onClock(MONDAY_END))[0]?.amount).toBe(
      Math.round((10_000 * LONG_RATE * 10_000) / 365),
    );
  });

  it('nothing is charged where costs say so', () => {
    const exchange = openExchange(withCosts({ financing: false }));
    trade(exchange, 'buy', 10_000);

    expect(exchange.onClock(NEXT_MONDAY_END)).toEqual([]);
  });

  it('the loss that it makes counts for the margin at the next quote', () => {
    const exchange = openExchange(withCosts({ financing: { longRate: -1, shortRate: -1 } }));
    trade(exchange, 'buy', 2_000_000);
    quote(exchange, MONDAY_NOON + 1, 108_000);
    exchange.onClock(WEDNESDAY_END);

    expect(quote(exchange, WEDNESDAY_END + OPENS_AFTER, 107_995)).toMatchObject([
      { type: 'order-created', reason: 'margin-closeout' },
      { type: 'order-filled' },
      { type: 'margin-call-changed', state: 'exited' },
    ]);
  });
});

describe('an order that expires', () => {
  it('is dated when it ends, though a request comes later and before the next quote', () => {
    const exchange = openExchange();
    const terms = { instrument: 'EUR_USD', side: 'buy', units: 1 } as const;
    const expiresAt = MONDAY_NOON + 60_000;
    exchange.submitOrder({
      id: 'a',
      terms: { ...terms, orderType: 'limit', price: 1, timeInForce: 'GTD', expiresAt },
      decidedAt: MONDAY_NOON,
    });
    expect(exchange.nextClockAt).toBe(expiresAt);

    const written = exchange.transferFunds(1, MONDAY_NOON + HOUR_MS);

    expect(written).toMatchObject([
      { type: 'order-cancelled', reason: 'expired', at: expiresAt },
      { type: 'funds-transferred', at: MONDAY_NOON + HOUR_MS },
    ]);
  });
});

describe('after a restart', () => {
  it('a state of before financing was charged leaves the days before it free', () => {
    const exchange = openExchange(withCosts({ financing: false }));
    trade(exchange, 'buy', 10_000);
    const log = [...logOf(exchange)];
    exchange.onClock(TUESDAY_END + 1);
    const { chargesFinancing: _, ...state } = exchange.saveState();
    const restarted = openedFrom(log, state);

    expect(restarted.onClock(WEDNESDAY_END).map(({ at }) => at)).toEqual([WEDNESDAY_END]);
  });

  it('a day that ended while the server was down is charged once, dated when it ended', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);
    const restarted = openedFrom(logOf(exchange), exchange.saveState());

    const charged = restarted.onClock(MONDAY_END + HOUR_MS);

    expect(charged).toMatchObject([{ type: 'financing-charged', at: MONDAY_END }]);
    expect(restarted.onClock(MONDAY_END + 2 * HOUR_MS)).toEqual([]);
  });

  it('a day whose charge came to nothing is not charged again at a later price', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 1);
    quote(exchange, MONDAY_NOON, 9_995);
    expect(noteLog(exchange, exchange.onClock(MONDAY_END))).toMatchObject([
      { type: 'financing-charged', amount: 0, charges: [] },
    ]);
    quote(exchange, MONDAY_END + OPENS_AFTER, 209_995);
    const restarted = openedFrom(logOf(exchange), exchange.saveState());

    expect(restarted.onClock(TUESDAY_END)).toEqual(exchange.onClock(TUESDAY_END));
  });

  it('without a saved price a day is charged as soon as one comes', () => {
    const exchange = openExchange({ currency: 'EUR', costs: { ...DEFAULT_COSTS }, hedging: true });
    quote(exchange, MONDAY_NOON, 126_995, 'GBP_USD');
    trade(exchange, 'buy', 10_000, 'GBP_USD');
    const restarted = new Exchange({ currency: 'EUR', costs: DEFAULT_COSTS, hedging: true });
    restarted.replay(logOf(exchange));

    expect(restarted.onClock(MONDAY_END)).toEqual([]);
    expect(quote(restarted, MONDAY_END + OPENS_AFTER, 109_995)).toEqual([]);
    expect(quote(restarted, MONDAY_END + OPENS_AFTER, 126_995, 'GBP_USD')).toMatchObject([
      { type: 'financing-charged', at: MONDAY_END },
    ]);
  });

  it('without a saved price several days are charged as soon as one comes, each as of its end', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 10_000);
    const restarted = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: true });
    restarted.replay(logOf(exchange));

    expect(restarted.onClock(MONDAY_END)).toEqual([]);
    expect(restarted.onClock(TUESDAY_END)).toEqual([]);
    expect(quote(restarted, TUESDAY_END + OPENS_AFTER, 109_995)).toMatchObject([
      { type: 'financing-charged', at: MONDAY_END },
      { type: 'financing-charged', at: TUESDAY_END },
    ]);
  });

  const step = fc.record({
    waitMs: fc.integer({ min: 1, max: 60 * HOUR_MS }),
    move: fc.integer({ min: -200, max: 200 }),
    instrument: fc.constantFrom('EUR_USD', 'USD_JPY'),
    /** `log`: what was written last is lost; `state`: what was saved is older than the log. */
    kill: fc.constantFrom('no', 'no', 'yes', 'log', 'state'),
    /** At which clock event or quote of the step. */
    killedAt: fc.nat(3),
  });
  const options = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'JPY'), hedging: fc.boolean() });

  it('no charge is made twice or left out, however log and state were cut', () => {
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 1, maxLength: 25 }), (drawn, steps) => {
        const undisturbed = new Story({ ...drawn, costs: DEFAULT_COSTS });
        const killed = new Story({ ...drawn, costs: DEFAULT_COSTS });
        for (const { kill, ...event } of steps) {
          undisturbed.pass(event, 'no');
          killed.pass(event, kill);
        }

        expect(killed.log).toEqual(undisturbed.log);
        const days = chargesOf(killed.log).map(({ at }) => at);
        expect(new Set(days).size).toBe(days.length);
        expect(killed.exchange.snapshot()).toEqual(undisturbed.exchange.snapshot());
      }),
      { numRuns: 200 },
    );
  });
});

/** An exchange that is shown its clock before each quote, as every caller does, and its whole log. */
class Story {
  exchange: Exchange;
  log: Transaction[];
  readonly #options: ExchangeOptions;
  readonly #bids: Record<string, number> = { EUR_USD: 109_995, USD_JPY: 149_995 };
  #at = MONDAY_NOON;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.exchange = openExchange(options);
    quote(this.exchange, MONDAY_NOON, 149_995, 'USD_JPY');
    trade(this.exchange, 'buy', 20_000);
    trade(this.exchange, 'sell', 7_777, 'USD_JPY');
    this.log = [...logOf(this.exchange)];
  }

  pass(event: { waitMs: number; move: number; instrument: string; killedAt: number }, kill: string): void {
    this.#at += event.waitMs;
    let left = event.killedAt;
    const killNow = (): string => (left-- === 0 ? kill : 'no');
    for (let at = this.exchange.nextClockAt; at <= this.#at; at = this.exchange.nextClockAt)
      this.#do((exchange) => exchange.onClock(at), killNow());
    const bid = (this.#bids[event.instrument] ?? 0) + event.move;
    this.#bids[event.instrument] = bid;
    this.#do((exchange) => quote(exchange, this.#at, bid, event.instrument), killNow());
  }

  #do(action: (exchange: Exchange) => readonly Transaction[], kill: string): void {
    const before = this.exchange.saveState();
    const written = action(this.exchange);
    const after = this.exchange.saveState();
    if (kill !== 'log') this.log.push(...written);
    if (kill === 'no') return;
    this.exchange = new Exchange(this.#options);
    this.exchange.replay(plain(this.log));
    this.exchange.restoreState(plain(kill === 'state' ? before : after));
    // What was under way comes again: it was not recorded that it had come.
    if (kill !== 'yes') this.log.push(...action(this.exchange));
  }
}

function openedFrom(log: readonly Transaction[], state: ReturnType<Exchange['saveState']>): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: true });
  exchange.replay(plain(log));
  exchange.restoreState(plain(state));
  return exchange;
}
