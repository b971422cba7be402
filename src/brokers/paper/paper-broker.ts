/** A paper account: the simulated exchange behind the broker port. What it wrote to its log before is its whole past. */

import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { TRADING_HOURS } from '../../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { sessionAt } from '../../core/domain/trading-hours.ts';
import { DEFAULT_COSTS } from '../../core/simulation/costs.ts';
import { Exchange } from '../../core/simulation/exchange.ts';
import { exchangeSnapshot } from './exchange-snapshot.ts';
import { fromJson, toJson } from './saved-exchange.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { Currency } from '../../core/domain/instrument.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../../core/domain/order.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { Json } from '../../core/shared/json.ts';
import type { Broker, BrokerAnswer, BrokerCandles, BrokerListener, BrokerSnapshot } from '../broker.ts';
import type { PriceSource } from '../price-source.ts';

/**
 * How many of its newest transactions the broker can report again, up to twice as many. The owner asks within moments, and after a few: one
 * price that fills the thousand orders that an account may have, each with a stop and a target, makes fewer.
 */
const REMEMBERED_TRANSACTIONS = 4_000;

/** The account, its log so far and what it asked to be given back. An empty log is a new account with its first deposit. */
export interface PaperAccount {
  readonly currency: Currency;
  readonly hedging: boolean;
  readonly initialBalance: number;
  /** The least margin rate that a new account starts with; 0 leaves the instruments their own. */
  readonly marginRate: number;
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
}

/** The simulated exchange of one paper account. Answers are immediate: no request of it is ever lost or late. */
export class PaperBroker implements Broker {
  readonly lateArrivalMs = 0;
  readonly instruments = PAPER_INSTRUMENTS;
  readonly #exchange: Exchange;
  readonly #hedging: boolean;
  readonly #prices: PriceSource;
  #shown: ReadonlySet<string> = new Set();
  #recent: Transaction[] = [];
  #recentFrom: number;
  #listener: BrokerListener | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Quotes are left out until the next clock, or until they are asked for. */
  #leavesQuotesOut = false;
  /** Some quotes were left out since the newest were shown. */
  #areQuotesLeftOut = false;
  /** When the next market closes (UTC ms): its last price counts until it opens again, and no one can be shown it later. */
  #closesAt = 0;

  constructor(account: PaperAccount, prices: PriceSource) {
    this.#prices = prices;
    this.#hedging = account.hedging;
    this.#exchange = new Exchange({
      currency: account.currency,
      hedging: account.hedging,
      costs: DEFAULT_COSTS,
      instruments: this.instruments,
    });
    this.#exchange.replay(account.log);
    if (account.state !== undefined) this.#exchange.restoreState(fromJson(account.state));
    this.#recentFrom = this.#exchange.ledger.lastTransactionId;
    if (account.log.length === 0) {
      this.#remember(
        this.#exchange.openAccount(account.initialBalance, prices.marketTime(), account.marginRate),
      );
    }
  }

  get nextClockAt(): number {
    return this.#exchange.nextClockAt;
  }

  marketTime(): number {
    return this.#prices.marketTime();
  }

  async connect(listener: BrokerListener, instruments: readonly string[]): Promise<void> {
    assert(this.#unsubscribe === undefined, 'a paper broker is connected once');
    this.#listener = listener;
    this.#shown = new Set(instruments);
    listener.onConnection('connected');
    for (const quote of this.#prices.latestQuotes()) this.#onQuote(quote);
    this.#unsubscribe = this.#prices.subscribe({
      onQuote: (quote) => this.#onQuote(quote),
      onClock: (at, pricesAliveAt) => this.#onClock(at, pricesAliveAt),
    });
  }

  async snapshot(): Promise<BrokerSnapshot> {
    return exchangeSnapshot(this.#exchange, this.#hedging);
  }

  /** The paper market keeps no history: what came before now is in imported series, if anywhere. */
  async candles(): Promise<readonly Candle[]> {
    return [];
  }

  async candlePage(): Promise<BrokerCandles> {
    return { complete: [], unfinished: undefined };
  }

  async transactionsSince(lastTransactionId: number): Promise<readonly Transaction[]> {
    if (lastTransactionId < this.#recentFrom) {
      throw new Problem(
        'internal-error',
        `The paper broker remembers transactions after ${this.#recentFrom} only.`,
      );
    }
    return this.#recent.filter(({ id }) => id > lastTransactionId);
  }

  async submitOrder(request: OrderRequest): Promise<BrokerAnswer> {
    return this.#answer(() => this.#exchange.submitOrder(request));
  }

  async closePosition(request: CloseRequest): Promise<BrokerAnswer> {
    return this.#answer(() => this.#exchange.closePosition(request));
  }

  async cancelOrder(brokerOrderId: number, decidedAt: number): Promise<BrokerAnswer> {
    return this.#answer(() => this.#exchange.cancelOrder(brokerOrderId, decidedAt));
  }

  async changeProtection(request: ProtectionRequest): Promise<BrokerAnswer> {
    return this.#answer(() => this.#exchange.changeProtection(request));
  }

  async setMarginRate(marginRate: number): Promise<boolean> {
    const written = this.#exchange.setMarginRate(marginRate, this.#prices.marketTime());
    if (written) this.#report(written);
    return written !== undefined;
  }

  saveState(): Json {
    return toJson(this.#exchange.saveState());
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#listener = undefined;
  }

  showQuotes(): void {
    this.#leavesQuotesOut = false;
    if (!this.#areQuotesLeftOut) return;
    this.#areQuotesLeftOut = false;
    for (const quote of this.#prices.latestQuotes().toSorted((one, other) => one.at - other.at))
      this.#show(quote);
  }

  #onQuote(quote: Quote): void {
    if (this.#leavesQuotesOut) this.#areQuotesLeftOut = true;
    // The newest ones, and this is one of them.
    else if (this.#areQuotesLeftOut) this.showQuotes();
    else this.#show(quote);
  }

  /**
   * All paper accounts share the prices of one market, and most do nothing most of the time: a thousand of them took half of the event
   * loop to note prices that none of them looked at. Asked once a clock, because to ask at each quote costs nearly as much as to note it. In
   * lock-step each quote is waited for, and what is replayed must not depend on this.
   */
  #mayLeaveOut(): boolean {
    const { openOrders, openPositions } = this.#exchange.ledger;
    if (this.#prices.isLockStep || openOrders.size > 0 || openPositions.size > 0) return false;
    return this.#listener?.followsQuotes?.() === false;
  }

  /** The exchange matches what rests before the account receives the price, as at a real broker. */
  #show(quote: Quote): void {
    this.#report(this.#exchange.onQuote(quote));
    if (this.#shown.has(quote.instrument)) this.#listener?.onQuote(quote);
  }

  #onClock(at: number, pricesAliveAt: number): void {
    if (at >= this.#closesAt) {
      if (this.#areQuotesLeftOut) this.showQuotes();
      this.#closesAt = Math.min(...TRADING_HOURS.map((hours) => sessionAt(hours, at).closesAt));
    }
    // In lock-step the clock runs ahead to announce the next quote; what is decided now still happens before that quote.
    if (!this.#prices.isLockStep || at >= this.#exchange.nextClockAt)
      this.#report(this.#exchange.onClock(at));
    this.#listener?.onLogEnd(this.#exchange.ledger.lastTransactionId);
    this.#listener?.onClock(at, pricesAliveAt);
    if (!this.#mayLeaveOut()) return this.showQuotes();
    this.#leavesQuotesOut = true;
  }

  #report(transactions: readonly Transaction[]): void {
    if (transactions.length === 0) return;
    this.#remember(transactions);
    this.#listener?.onTransactions(transactions);
  }

  #answer(act: () => readonly Transaction[]): BrokerAnswer {
    this.showQuotes();
    const transactions = act();
    this.#remember(transactions);
    return { outcome: 'answered', transactions };
  }

  #remember(transactions: readonly Transaction[]): void {
    this.#recent.push(...transactions);
    const surplus = this.#recent.length - REMEMBERED_TRANSACTIONS;
    // Cut in large steps: cutting one at a time would copy the array at every fill.
    if (surplus < REMEMBERED_TRANSACTIONS) return;
    this.#recentFrom = this.#recent[surplus - 1]?.id ?? this.#recentFrom;
    this.#recent = this.#recent.slice(surplus);
  }
}
