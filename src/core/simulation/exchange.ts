/** The simulated exchange: one account that fills orders against the quotes it is shown. */

import { assert } from '../shared/assert.ts';
import { equityOf, snapshotOf } from '../domain/account-money.ts';
import { firstRow } from '../domain/quote.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeMarginRate } from './change-margin-rate.ts';
import { changeProtection } from './change-protection.ts';
import { chargeUncharged } from './charge-financing.ts';
import { checkCosts } from './costs.ts';
import { restoreExchange, saveExchange } from './exchange-state.ts';
import { closeDelayed } from './margin-closeout.ts';
import { matchOrders } from './match-orders.ts';
import { passTime } from './pass-time.ts';
import { closePosition, placeOrder } from './place-order.ts';
import { settleMarket } from './settle-market.ts';
import { SimulatedAccount } from './simulated-account.ts';
import { watchMargin } from './watch-margin.ts';
import type { AccountSnapshot } from '../domain/account.ts';
import type { AccountValue } from '../domain/account-value.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../domain/order.ts';
import type { Quote, QuoteRows, RowRange, RowStretch } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { ExchangeState } from './exchange-state.ts';
import type { InstrumentMarket, MarketRestriction } from './instrument-market.ts';
import type { OnStop } from './match-orders.ts';
import type { Travel } from './order-matcher.ts';
import type { ExchangeOptions } from './simulated-account.ts';

export type { ExchangeOptions, ExchangeState, MarketRestriction, Travel };

/**
 * Execution as at OANDA. An order fills whole or not at all, unless the exchange was given the depth of its market (`costs.depth`).
 * Each method returns the transactions it wrote; those of one request share a batch and a time. Time is what quotes, clock events and requests bring. Wrong requests are answered in the log; InvariantError means a wrong caller.
 */
export class Exchange {
  readonly #account: SimulatedAccount;
  /** The market of the last quote: quotes of one instrument come in runs, and looking it up costs more than the rest. */
  #newestName = '';
  #newestMarket: InstrumentMarket | undefined;

  constructor(options: ExchangeOptions) {
    checkCosts(options.costs);
    this.#account = new SimulatedAccount(options);
  }

  /** The account as its log says it is. */
  get ledger(): Ledger {
    return this.#account.ledger;
  }

  /** What is open is worth at the newest prices, to be read only. */
  get value(): AccountValue {
    return this.#account.value;
  }

  /** Balance and open result in whole ten-thousandths, longs valued at the bid and shorts at the ask. */
  get equity(): number {
    return equityOf(this.#account);
  }

  /**
   * When an order expires or a trading day ends next (UTC ms), Infinity before the account is opened. A caller that decides by the log
   * shows this time with `onClock` before a quote at or after it; a quote or a request that comes anyway does what was due before.
   */
  get nextClockAt(): number {
    return this.#account.timers.nextAt;
  }

  /** Opens the account with money in ten-thousandths, and with a margin rate of its own unless that is 0; its log starts here. */
  openAccount(initialBalance: number, at: number, marginRate = 0): readonly Transaction[] {
    assert(this.ledger.lastTransactionId === 0, 'an account is opened once');
    assertWhole(initialBalance);
    return this.#answer(at, (account) => {
      account.write({ type: 'account-opened', currency: account.options.currency });
      if (marginRate > 0) account.write({ type: 'account-configured', marginRate });
      account.write({ type: 'funds-transferred', amount: initialBalance, balance: initialBalance });
    });
  }

  /**
   * Sets the least margin rate of the account; 0 leaves the instruments their own. Undefined, and nothing changes, when that would
   * close positions out or a price is missing that shows it.
   */
  setMarginRate(marginRate: number, at: number): readonly Transaction[] | undefined {
    let isSet = false;
    const written = this.#answer(at, (account) => {
      isSet = changeMarginRate(account, marginRate);
    });
    return isSet ? written : undefined;
  }

  /** Pays money in, or out when negative, in ten-thousandths. */
  transferFunds(amount: number, at: number): readonly Transaction[] {
    assertWhole(amount);
    return this.#answer(at, (account) => {
      account.write({ type: 'funds-transferred', amount, balance: account.ledger.balance + amount });
    });
  }

  /** Returns whether an order in the instrument would meet a market now: it is open, not halted, and had a price since it opened. */
  isTradable(instrumentName: string): boolean {
    return this.#account.tradableQuote(instrumentName) !== undefined;
  }

  /** Sets what keeps an instrument from trading besides its hours, until it is set again. Neither the log nor the saved state holds it. */
  restrictMarket(instrumentName: string, restriction: MarketRestriction): void {
    this.#marketOf(instrumentName).restriction = restriction;
  }

  /** Writes a transaction that means nothing to the exchange, under the name that its type has at the broker: the log counts it. */
  writeOther(brokerType: string, at: number): readonly Transaction[] {
    return this.#answer(at, (account) => {
      account.write({ type: 'other', brokerType });
    });
  }

  /** Rebuilds the account from its log, of which these are the next transactions; `restoreState` brings back the rest. */
  replay(transactions: readonly Transaction[]): void {
    this.#account.replay(transactions);
  }

  /**
   * Moves the market to a quote: what was due by its time is done, then resting orders fill, then the margin is looked at. A quote of a closed market
   * only passes time: no one can trade on its price, so it values nothing. What was handed to `onStop` on the way is not returned again.
   */
  onQuote(quote: Quote, travel: Travel = 'jump', onStop?: OnStop): readonly Transaction[] {
    const account = this.#account;
    passTime(account, quote.at);
    const market = this.#marketOf(quote.instrument);
    if (market.restriction.isHalted || !account.clock.isTradable(market.hours, quote.at))
      return account.takeWritten();
    if (travel !== 'jump') market.enterCandle(account.ledger.lastTransactionId);
    if (!market.isQuiet(quote)) return this.#moveMarket(market, quote, travel, onStop);
    account.value.setQuote(quote);
    if (travel !== 'continuous') market.leaveCandle();
    return account.takeWritten();
  }

  /**
   * Returns the rows of a range that come before the first that is not quiet: it moves something, or is not earlier than `until` and all
   * that is due by the clock. Quiet quotes may come in any way, so those of a candle's path are looked at alike.
   */
  quietStretch(instrumentName: string, rows: QuoteRows, range: RowRange, until: number): RowStretch {
    const to = firstRow(rows.times, Math.min(until, this.quietUntil(instrumentName)), range);
    return this.#marketOf(instrumentName).quietStretch(rows, { from: range.from, to });
  }

  /** The instant (UTC ms) from which no quote of an instrument is quiet: something is due, or the market closes. */
  quietUntil(instrumentName: string): number {
    const { clock, timers } = this.#account;
    return Math.min(timers.nextAt, clock.tradableUntil(this.#marketOf(instrumentName).hours));
  }

  /** Returns the first of the candles in a range that may hold a quote that is not quiet, by its prices alone. */
  firstUnquietCandle(instrumentName: string, candles: CandleRows, { from, to }: RowRange): number {
    const market = this.#marketOf(instrumentName);
    // Where it is not known, a candle would be stepped to find out; among quotes that is one of many.
    if (!market.isSettled) settleMarket(this.#account, instrumentName, market);
    return market.firstUnquietCandle(candles, from, to);
  }

  /** Passes over quiet quotes, of which this is the last: to the exchange all of them are as good as shown. */
  passQuiet(last: Quote): void {
    this.#account.clock.advance(last.at);
    this.#account.value.setQuote(last);
  }

  /** Time passed without a quote: orders expire, and holding overnight is charged at the end of a trading day. */
  onClock(at: number): readonly Transaction[] {
    passTime(this.#account, at);
    return this.#account.takeWritten();
  }

  /** Takes an order: it fills, rests, is cancelled or rejected. */
  submitOrder(request: OrderRequest): readonly Transaction[] {
    return this.#answer(request.decidedAt, (account) => placeOrder(account, request));
  }

  /** Closes (part of) a position at the market. */
  closePosition(request: CloseRequest): readonly Transaction[] {
    return this.#answer(request.decidedAt, (account) => closePosition(account, request));
  }

  /** Cancels an order that rests; any other is answered with `cancel-rejected`. */
  cancelOrder(brokerOrderId: number, decidedAt: number): readonly Transaction[] {
    return this.#answer(decidedAt, (account) => {
      const order = account.ledger.openOrders.get(brokerOrderId);
      if (order) cancelOrder(account, order, 'client-request');
      else account.write({ type: 'cancel-rejected', orderId: brokerOrderId });
    });
  }

  /** Sets, replaces and removes what protects a position. All of it is rejected when part of it makes no sense. */
  changeProtection(request: ProtectionRequest): readonly Transaction[] {
    return this.#answer(request.decidedAt, (account) => changeProtection(account, request));
  }

  /** The account's money now, in whole ten-thousandths. */
  snapshot(): AccountSnapshot {
    return snapshotOf(this.#account, this.#account.clock.now);
  }

  /** What the log does not hold, as plain data: market time, newest quotes, and where trailing stops stand. */
  saveState(): ExchangeState {
    return saveExchange(this.#account);
  }

  /** Takes over a saved state, after `replay`: from then on the exchange answers as the saved one would have. */
  restoreState(state: ExchangeState): void {
    restoreExchange(this.#account, state);
  }

  #marketOf(instrumentName: string): InstrumentMarket {
    if (this.#newestMarket && this.#newestName === instrumentName) return this.#newestMarket;
    this.#newestName = instrumentName;
    this.#newestMarket = this.#account.marketOf(instrumentName);
    return this.#newestMarket;
  }

  #moveMarket(
    market: InstrumentMarket,
    quote: Quote,
    travel: Travel,
    onStop: OnStop | undefined,
  ): readonly Transaction[] {
    const account = this.#account;
    if (account.unchargedDayEnds.length > 0) {
      account.value.setQuote(quote);
      chargeUncharged(account);
    }
    const mustLook = matchOrders(account, quote, travel, onStop);
    closeDelayed(account, quote.instrument);
    watchMargin(account, market, quote);
    if (travel !== 'continuous') market.leaveCandle();
    // What a trailing stop has yet to follow, and what waits for depth, must be looked at on the next move, however small; so must a margin that
    // could not be looked at, because a price for it is missing.
    if (mustLook || account.isMarginStale) market.unsettle();
    else market.settle();
    return account.takeWritten();
  }

  /** Carries a request out as one batch. It takes effect no earlier than it was decided. */
  #answer(decidedAt: number, carryOut: (account: SimulatedAccount) => void): readonly Transaction[] {
    passTime(this.#account, decidedAt);
    this.#account.startBatch();
    carryOut(this.#account);
    return this.#account.takeWritten();
  }
}

function assertWhole(money: number): void {
  assert(Number.isSafeInteger(money), `whole ten-thousandths were wanted, was ${money}`);
}
