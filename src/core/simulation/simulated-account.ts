/** One account at the simulated exchange: its log, and what follows from the log and the newest prices. */

import { assert } from '../shared/assert.ts';
import { Timers } from '../shared/timers.ts';
import { AccountValue } from '../domain/account-value.ts';
import { Ledger } from '../domain/ledger.ts';
import { isOrderOpen } from '../domain/order-lifecycle.ts';
import { PAPER_COUNT_LIMITS } from '../domain/account.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { MarketClock } from '../domain/market-clock.ts';
import { InstrumentMarket } from './instrument-market.ts';
import { expiryOf, restingOrderOf } from './resting-order.ts';
import type { CountLimits } from '../domain/account.ts';
import type { Currency } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction, TransactionHead } from '../domain/transaction.ts';
import type { CancelReason } from '../domain/transaction-reasons.ts';
import type { CostModel } from './costs.ts';

/** What kind of account the exchange keeps. A hedging account may be long and short at once; others net. */
export interface ExchangeOptions {
  readonly currency: Currency;
  readonly costs: CostModel;
  readonly hedging: boolean;
  /** What can be traded; the instruments of paper accounts when left out. */
  readonly instruments?: Instruments | undefined;
  /** How many orders may wait and positions be open; those of paper accounts when left out. */
  readonly countLimits?: CountLimits | undefined;
  /** Whether what an order that filled in part leaves becomes an order of its own, as at OANDA; it stays the same one when left out. */
  readonly reissuesRests?: boolean | undefined;
  /** Why an order may not open a position, for reasons of the caller's; none when left out. */
  readonly openingObstacle?: ((order: LedgerOrder) => CancelReason | undefined) | undefined;
}

/** A transaction before the log gave it its number, batch and time. */
export type Entry<T extends Transaction = Transaction> = T extends Transaction
  ? Omit<T, keyof TransactionHead>
  : never;

type WritableHead = { -readonly [key in keyof TransactionHead]: TransactionHead[key] };

/** The usual answer of the exchange; shared so that a quote that moves nothing allocates nothing. */
const NO_TRANSACTIONS: readonly Transaction[] = [];

/** The state that the rules of the exchange read, and the one way to change it: writing to the log. */
export class SimulatedAccount {
  readonly options: ExchangeOptions;
  readonly countLimits: CountLimits;
  readonly ledger = new Ledger();
  readonly value: AccountValue;
  readonly clock = new MarketClock();
  /** Whether lots or money changed since the margin was looked at. */
  isMarginStale = true;
  /**
   * When time must be shown next: `expiry` is the first at which an order may end, `day-end` the end of the first trading day after
   * the newest transaction. What was to be charged before that is in the log, and the log alone decides it: a day is charged before
   * the orders that expire with it, because their transactions end it.
   */
  readonly timers = new Timers(['day-end', 'expiry']);
  /** Ends of trading days that are to be charged as soon as prices say what. */
  unchargedDayEnds: readonly number[] = [];
  readonly #marketsByName = new Map<string, InstrumentMarket>();
  #batchId = 0;
  #written: Transaction[] = [];

  constructor(options: ExchangeOptions) {
    this.options = options;
    const { currency, costs, instruments = PAPER_INSTRUMENTS, countLimits = PAPER_COUNT_LIMITS } = options;
    this.countLimits = countLimits;
    this.value = new AccountValue({ currency, markup: costs.conversionMarkup, instruments });
  }

  /** The markets of all instruments that had a quote or an order. */
  get marketsByName(): ReadonlyMap<string, InstrumentMarket> {
    return this.#marketsByName;
  }

  /** Returns what rests in an instrument. */
  marketOf(instrumentName: string): InstrumentMarket {
    const known = this.#marketsByName.get(instrumentName);
    if (known) return known;
    const market = new InstrumentMarket(this.value.instruments.hoursOf(instrumentName));
    this.#marketsByName.set(instrumentName, market);
    return market;
  }

  /** Returns the newest quote of an instrument if one can trade on it; undefined while the market is closed or halted. */
  tradableQuote(instrumentName: string): Quote | undefined {
    const quote = this.value.quoteOf(instrumentName);
    const { hours, restriction } = this.marketOf(instrumentName);
    return quote && !restriction.isHalted && this.clock.isTradable(hours, quote.at) ? quote : undefined;
  }

  /** Starts an atomic group of transactions; it is named after the first of them. */
  startBatch(): void {
    this.#batchId = this.ledger.lastTransactionId + 1;
  }

  /** Writes the next transaction of the batch, makes what follows from it true, and returns its number. The entry becomes the transaction. */
  write(entry: Entry, at = this.clock.now): number {
    const id = this.ledger.lastTransactionId + 1;
    // Completed and not copied: entries have so many shapes that a copy costs more than all the rest.
    const transaction = entry as Transaction;
    const head: WritableHead = transaction;
    head.id = id;
    head.batchId = this.#batchId;
    head.at = at;
    this.#written.push(transaction);
    this.#apply(transaction, (instrument) => this.value.quoteOf(instrument));
    return id;
  }

  /** Returns what was written since it was last asked. */
  takeWritten(): readonly Transaction[] {
    if (this.#written.length === 0) return NO_TRANSACTIONS;
    const written = this.#written;
    this.#written = [];
    return written;
  }

  /** The margin has to be looked at before a quote of any instrument is passed over again. */
  loseSightOfMargin(): void {
    this.isMarginStale = true;
    for (const market of this.#marketsByName.values()) market.unsettle();
  }

  /**
   * Takes over the log of an earlier run. A trailing stop starts where the log says, in an old log where the newest fill in it
   * puts it. InvariantError when the log is not the next part of this account's.
   */
  replay(transactions: readonly Transaction[]): void {
    const quotesByName = new Map<string, Quote>();
    for (const transaction of transactions) {
      if (transaction.type === 'order-filled') quotesByName.set(transaction.instrument, transaction);
      this.#apply(transaction, (instrument) => quotesByName.get(instrument));
      this.clock.advance(transaction.at);
    }
    const { currency } = this.ledger;
    assert(
      currency === '' || currency === this.options.currency,
      `a log in ${this.options.currency} was wanted, was in ${currency}`,
    );
  }

  #apply(transaction: Transaction, quoteOf: (instrument: string) => Quote | undefined): void {
    const { balance } = this.ledger;
    const { orders, positions } = this.ledger.apply(transaction);
    this.value.setLeastMarginRate(this.ledger.marginRate);
    for (const position of positions) this.value.setPosition(position);
    for (const order of orders) this.#rest(order, quoteOf(order.terms.instrument));
    const { type } = transaction;
    const changesMargin =
      type === 'order-filled' || type === 'account-configured' || type === 'closure-delayed';
    if (changesMargin || this.ledger.balance !== balance) this.loseSightOfMargin();
    // Whatever is written at an instant comes after all that was due before it.
    const dayEndsAt = this.timers.of('day-end');
    if (transaction.at >= dayEndsAt || dayEndsAt === Infinity)
      this.timers.set('day-end', tradingDayEnd(transaction.at));
  }

  #rest(order: LedgerOrder, quote: Quote | undefined): void {
    const market = this.marketOf(order.terms.instrument);
    if (!isOrderOpen(order.status)) {
      market.remove(order.orderId);
      return;
    }
    // One that was filled in part waits on where it stood: a trailing stop that followed the price does not go back.
    const known = market.restingById.get(order.orderId);
    const resting = known ? { ...known, order } : restingOrderOf(order, quote);
    if (resting) market.add(resting);
    const expiresAt = expiryOf(order);
    if (expiresAt < this.timers.of('expiry')) this.timers.set('expiry', expiresAt);
  }
}
