/** The engine: the pure decision core of one account. Events go in, effects come out; nothing else happens. */

import { unreachable } from '../shared/assert.ts';
import { EngineState } from './engine-state.ts';
import { cancelOrder, changeProtection, closeOut, closePosition, submitOrder } from './requests.ts';
import { accountFigures } from './account-figures.ts';
import { positionValue } from '../domain/position-value.ts';
import { followMissing } from './missing-protection.ts';
import { checkSavedEngine } from './saved-engine.ts';
import { AttachedStrategies } from './attached-strategies.ts';
import { TransactionBatch } from './transaction-batch.ts';
import { Unwinding } from './unwinding.ts';
import type { AccountSnapshot, RiskLimits } from '../domain/account.ts';
import type { DenialCode } from '../domain/denial.ts';
import type { Currency } from '../domain/instrument.ts';
import type { AccountFigures } from './account-figures.ts';
import type { PositionValue } from '../domain/position-value.ts';
import type { Ledger, LedgerChange, LedgerOrder } from '../domain/ledger.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Json } from '../shared/json.ts';
import type { ClosedMarketCounts } from '../domain/closed-market-counts.ts';
import type { Effect } from './effect.ts';
import type { ClockEvent, EngineEvent, StrategyDetachedEvent } from './engine-event.ts';
import type { EngineOptions } from './engine-state.ts';
import type { SavedEngine } from './saved-engine.ts';
import type { Settlement } from './transaction-batch.ts';

export type { EngineOptions } from './engine-state.ts';

/** What a stretch of the broker's log came to. */
export interface Absorbed {
  /** What each transaction changed in the ledger, in their order; those that were known already are left out. */
  readonly changes: readonly LedgerChange[];
  /** What is to be done about it, in this order. */
  readonly effects: readonly Effect[];
  /** Orders that filled although another of their group had: the cancel came too late, and both stand. */
  readonly filledTwice: readonly LedgerOrder[];
}

/**
 * Decides for one account, and holds the one ledger of it on our side. To start it: `absorb` the account's whole log, then
 * `restoreState`, then attach strategies, then feed it prices and the clock. Quotes are wanted of every instrument that is traded
 * or held, and of the pairs that convert to the account's currency. The same events and log give the same effects.
 *
 * An InvariantError out of {@link step} or {@link absorb} means that the account must be halted and this engine thrown away.
 */
export class Engine {
  readonly #state: EngineState;
  readonly #unwinding: Unwinding;
  readonly #strategies: AttachedStrategies;
  /** Before the first price the log is history: nothing in it may trip the loss limit now. */
  #hasPricesBegun = false;
  /** Whether the log is past its history, so that a fill in it shows a price of the present. */
  #isPresent = false;

  constructor(options: EngineOptions) {
    this.#state = new EngineState(options);
    this.#unwinding = new Unwinding(this.#state);
    this.#strategies = new AttachedStrategies(this.#state, this.#unwinding);
  }

  /** Takes the next event and returns what is to be done, in this order. */
  step(event: EngineEvent): readonly Effect[] {
    if (event.type === 'quote') this.#takeQuote(event.quote, event.isInsideCandle === true);
    else this.#take(event);
    return this.#state.takeEffects();
  }

  /** Takes the next transactions of the broker's log. One that was taken before is ignored. */
  absorb(transactions: readonly Transaction[]): Absorbed {
    const changes: LedgerChange[] = [];
    const filledTwice: LedgerOrder[] = [];
    let batch = new TransactionBatch();
    for (const [index, transaction] of transactions.entries()) {
      this.#state.advance(transaction.at);
      if (transaction.type === 'order-filled' && this.#isPresent) this.#state.takeFillPrice(transaction);
      const change = this.#state.portfolio.apply(transaction);
      if (change && transaction.type === 'account-adopted') this.#state.beginAgain();
      if (change) {
        changes.push(change);
        batch.note(change);
      }
      if (transactions[index + 1]?.batchId === transaction.batchId) continue;
      filledTwice.push(...this.#endBatch(batch));
      batch = new TransactionBatch();
    }
    return { changes, effects: this.#state.takeEffects(), filledTwice };
  }

  /**
   * When a candle under construction or the trading day ends, or a strategy wants to be woken next (UTC ms); Infinity before the
   * first event. A clock event of this time must be stepped before a quote at or after it.
   */
  get nextClockAt(): number {
    return this.#state.timers.nextAt;
  }

  /**
   * The market time before which quotes of an instrument may be skimmed instead of stepped, −Infinity when each must be
   * stepped: because a strategy wants it, a candle begins with it, the day's loss is watched, or the market is closed.
   */
  skimmableUntil(instrumentName: string): number {
    const { limits, portfolio, timers } = this.#state;
    const watchesLoss = limits.maxDailyLoss !== undefined && portfolio.hasOpenPositions;
    const isWaiting =
      this.#strategies.hasWaiting || this.#unwinding.isWaiting || this.#state.wantedProtection.isWaiting;
    const closesAt = this.#state.tradableUntil(instrumentName);
    if (closesAt === -Infinity) return closesAt;
    if (watchesLoss || isWaiting || !this.#hasPricesBegun || !this.#strategies.isCalm(instrumentName))
      return -Infinity;
    return Math.min(timers.nextAt, closesAt);
  }

  /**
   * Takes rows of quotes that are all earlier than `skimmableUntil`, as if each had been stepped: they have no effects. Returns the
   * last of them. `observe` sees each with the equity at it; the quote it is handed is the same object every time.
   */
  skim(
    instrumentName: string,
    { times, bid, ask }: QuoteRows,
    { from, to }: RowRange,
    observe?: (quote: Quote, equity: number) => void,
  ): Quote {
    const quote = { instrument: instrumentName, at: 0, bid: 0, ask: 0 };
    const market = this.#strategies.marketOf(instrumentName);
    const { portfolio } = this.#state;
    if (observe) portfolio.value.setQuote(quote);
    for (let row = from; row < to; row += 1) {
      quote.at = times[row] ?? 0;
      quote.bid = bid[row] ?? 0;
      quote.ask = ask[row] ?? 0;
      this.#strategies.lengthenCandles(quote, market);
      if (observe) observe(quote, portfolio.equity());
    }
    this.#state.advance(quote.at);
    const { at, bid: lastBid, ask: lastAsk } = quote;
    const last = { instrument: instrumentName, at, bid: lastBid, ask: lastAsk };
    portfolio.value.setQuote(last);
    return last;
  }

  /** The account as its log says it is: the projection of what was absorbed so far. */
  get ledger(): Ledger {
    return this.#state.portfolio.ledger;
  }

  /** Whether new exposure is denied: a person halted, or the daily loss limit did until the next trading day. */
  get isHalted(): boolean {
    return this.#state.isHalted;
  }

  /** What strategies wanted to trade while the market was closed, since this engine was made, by what became of it. */
  get closedMarketSignals(): ClosedMarketCounts {
    return this.#state.closedMarketSignals.counts(this.#strategies.waitingIntents);
  }

  /** Whether any request is in flight: its end is not known yet. */
  get hasInFlight(): boolean {
    return !this.#state.inFlight.isEmpty;
  }

  /** Whether any request of a strategy is in flight. */
  hasInFlightOf(strategyId: string): boolean {
    return this.#state.inFlight.hasAnyOf(strategyId);
  }

  /** What an order in flight asks for; undefined when none has this id. */
  termsInFlight(requestId: string): OrderTerms | undefined {
    return this.#state.inFlight.termsOf(requestId);
  }

  /** Whether a request is in flight of which the log, as far as it was absorbed, shows nothing. */
  isUnseen(requestId: string): boolean {
    if (!this.#state.inFlight.has(requestId)) return false;
    const orders = [...this.ledger.openOrders.values()];
    return !orders.some(({ clientOrderId }) => clientOrderId === requestId);
  }

  /** The account's market time in UTC ms: the latest time of any event. */
  get at(): number {
    return this.#state.at;
  }

  /** Whether a price of an instrument from `at` may be used now: its market is open and has not closed since. */
  isTradable(instrumentName: string, at: number): boolean {
    return this.#state.isTradable(instrumentName, at);
  }

  /** Balance and open result in whole ten-thousandths. */
  equity(): number {
    return this.#state.equity();
  }

  /** The account's money now. */
  snapshot(): AccountSnapshot {
    return this.#state.portfolio.snapshot(this.#state.at);
  }

  /** Results, distance to the loss limit and exposure at the newest prices. */
  figures(): AccountFigures {
    return accountFigures(this.#state);
  }

  /** What an open position is worth now; undefined when there is none with this number, and while a price is missing. */
  valueOf(brokerPositionId: number): PositionValue | undefined {
    const position = this.ledger.openPositions.get(brokerPositionId);
    return position && positionValue(this.#state.portfolio.value, position);
  }

  /** The newest quote of an instrument, or undefined when none came yet. */
  quoteOf(instrumentName: string): Quote | undefined {
    return this.#state.quoteOf(instrumentName);
  }

  /** Units of account currency for one unit of a currency at middle prices, or undefined when no price says. */
  rateOf(currency: Currency): number | undefined {
    return this.#state.portfolio.value.rateOf(currency);
  }

  /** The limits that new exposure is held to. */
  get limits(): RiskLimits {
    return this.#state.limits;
  }

  /** Changes the limits that new exposure is held to from now on. */
  setLimits(limits: RiskLimits): void {
    this.#state.limits = limits;
  }

  /** Returns what an engine cannot learn from the log, as plain data. */
  saveState(): Json {
    const saved: SavedEngine = {
      version: 1,
      at: this.#state.at,
      isHalted: this.#state.isHaltedByPerson,
      day: this.#state.dayLoss.save(),
      periods: this.#state.periods.save(),
      quotes: this.#state.saveQuotes(),
      candles: this.#strategies.saveCandles(),
      queues: this.#strategies.saveQueues(),
      closings: this.#unwinding.save(),
      endings: this.#unwinding.saveEndings(),
      protections: this.#state.wantedProtection.save(),
    };
    return saved;
  }

  /**
   * Takes over a saved state. Prices come again from market time `resumesAt` on; candles that lost too much in between, or since
   * a log that is newer than the state, are not shown to strategies. InvariantError when the state is not one of this version,
   * or when strategies are attached already.
   */
  restoreState(state: Json, resumesAt = -Infinity): void {
    const saved = checkSavedEngine(state);
    this.#strategies.restoreCandles(saved.candles, { from: saved.at, until: Math.max(resumesAt, this.at) });
    this.#state.restore(saved);
    this.#isPresent = true;
    this.#strategies.restoreQueues(saved.queues);
    this.#unwinding.restore(saved.closings, saved.endings);
    this.#state.wantedProtection.restore(saved.protections);
  }

  /**
   * Counts a request as in flight that was sent before a restart and whose outcome is unknown: as if this engine had sent it. To
   * be called after the log was absorbed; InvariantError when it is in flight already.
   */
  expectOutcome(request: OrderRequest | CloseRequest): void {
    this.#state.inFlight.add(request);
    this.#state.inFlight.noteUnknown(request.id);
  }

  /**
   * Returns the cancels that a restart may have lost. What an order opened that a kill was ending is closed at the next quote. To be
   * called once, after this recorded log was absorbed and the state restored.
   */
  effectsOfRestart(log: readonly Transaction[]): readonly Effect[] {
    const numbers = new Map<string, number>();
    for (const entry of log) {
      if (entry.type === 'order-created' && entry.clientOrderId !== undefined)
        numbers.set(entry.clientOrderId, entry.id);
    }
    this.#unwinding.endAfterRestart();
    this.#unwinding.closeWhatFilled(numbers);
    return this.#state.takeEffects();
  }

  /** Returns the state of an attached strategy as plain data, or undefined when it is not attached. */
  saveStrategy(strategyId: string): Json | undefined {
    return this.#strategies.saveStrategy(strategyId);
  }

  /** A quote of a closed market only passes time: no one can trade on its price, so it is none. */
  #takeQuote(quote: Quote, isInsideCandle: boolean): void {
    this.#isPresent = true;
    // Something is due here only when the caller left out the clock event.
    while (quote.at >= this.nextClockAt) this.#passTime(this.nextClockAt);
    this.#state.advance(quote.at);
    if (!this.#state.isTradable(quote.instrument, quote.at)) return;
    this.#hasPricesBegun = true;
    this.#state.portfolio.value.setQuote(quote);
    if (this.#state.periods.isUnmeasured) this.#state.periods.measure(quote.at);
    if (this.#state.portfolio.hasOpenPositions) this.#checkDailyLoss();
    if (isInsideCandle) {
      this.#strategies.enterCandle(quote);
      return;
    }
    if (this.#state.isInsideCandles) this.#strategies.leaveCandle(quote.instrument);
    if (this.#unwinding.isWaiting) this.#unwinding.closeWaiting(quote);
    if (this.#state.wantedProtection.isWaiting) followMissing(this.#state, this.#unwinding, quote);
    if (this.#strategies.hasWaiting) this.#strategies.runWaiting(quote.instrument);
    this.#strategies.showQuote(quote);
  }

  #take(event: Exclude<EngineEvent, { readonly type: 'quote' }>): void {
    switch (event.type) {
      case 'clock':
        return this.#takeClock(event);
      case 'order-requested':
        if (this.#state.inFlight.has(event.request.id)) return;
        return this.#answer(event.request.id, submitOrder(this.#state, event.request), event.request);
      case 'close-requested':
        if (this.#state.inFlight.has(event.request.id)) return;
        return this.#answer(event.request.id, closePosition(this.#state, event.request));
      case 'close-out-requested':
        return this.#answer(event.request.id, closeOut(this.#state, event.request));
      case 'cancel-requested':
        return this.#cancel(event.orderId);
      case 'protection-requested':
        return this.#answer(undefined, changeProtection(this.#state, event.request));
      case 'request-refused':
        return this.#takeRefusal(event.requestId);
      case 'outcome-unknown':
        return this.#takeUnknown(event.requestId);
      case 'cancel-unconfirmed':
        return this.#unwinding.cancelAgain(event.brokerOrderId);
      case 'strategy-attached':
        return this.#strategies.attach(event);
      case 'strategy-paused':
      case 'strategy-resumed':
        return this.#strategies.setPaused(event.strategyId, event.type === 'strategy-paused');
      case 'strategy-detached':
        return this.#detach(event);
      case 'halt':
        return this.#halt();
      case 'kill':
        return this.#kill();
      case 'resume':
        return this.#resume();
      default:
        return unreachable(event);
    }
  }

  #takeClock({ at, pricesAliveAt }: ClockEvent): void {
    this.#hasPricesBegun = true;
    this.#state.notePricesAlive(pricesAliveAt);
    this.#strategies.showTime(at);
    this.#passTime(at);
    this.#checkDailyLoss();
  }

  #passTime(at: number): void {
    this.#state.advance(at);
    this.#strategies.passTime(at);
  }

  /**
   * First what strategies see is updated, then exposure is taken away where it was to be, then strategies decide. Returns the orders
   * that filled although another of their group had.
   */
  #endBatch(batch: TransactionBatch): readonly LedgerOrder[] {
    this.#strategies.refresh();
    for (const settlement of batch.settlements()) this.#settle(settlement);
    const filledTwice: LedgerOrder[] = [];
    for (const order of batch.orders) {
      this.#unwinding.followOrder(order);
      this.#state.wantedProtection.noteOrder(order);
      if (order.terms.ocoGroup === undefined) continue;
      if (order.filledUnits === 0) this.#unwinding.endIfGroupIsOver(order);
      else {
        if (this.#state.groups.noteFill(order)) filledTwice.push(order);
        this.#unwinding.endGroupOf(order);
      }
    }
    this.#checkDailyLoss();
    for (const noted of batch.fills) {
      if (this.#state.isInsideCandles) this.#state.stopInCandle(noted.fill);
      this.#strategies.showFill(noted);
    }
    this.#strategies.run();
    return filledTwice;
  }

  #settle(settlement: Settlement): void {
    const request = this.#state.inFlight.settle(settlement.id);
    if (!request) return;
    if ('brokerPositionId' in request) this.#settleClose(request, settlement);
    else this.#settleOrder(request, settlement);
    this.#state.closedMarketSignals.settle(settlement.id, settlement.outcome);
  }

  /** An order that was to protect a position and does not is missed there, unless it was cancelled on its way. */
  #settleOrder(request: OrderRequest, settlement: Settlement): void {
    const { id, outcome } = settlement;
    if (outcome === 'failed' && !this.#unwinding.isEnding(id))
      this.#state.wantedProtection.noteFailure(request);
    if (request.strategyId !== undefined) this.#strategies.settle(request.strategyId, settlement);
  }

  /** An exit is a goal: a close of a position that is gone is done, however it was answered, and one that failed stays wanted. */
  #settleClose(request: CloseRequest, { id, outcome }: Settlement): void {
    const { brokerPositionId, strategyId } = request;
    const position = this.#state.portfolio.ledger.openPositions.get(brokerPositionId);
    const isWantedAgain = outcome === 'failed' && position !== undefined;
    if (strategyId !== undefined) {
      if (isWantedAgain) this.#strategies.settleFailedClose(strategyId, request, position);
      else this.#strategies.settle(strategyId, { id, outcome: 'done' });
    }
    this.#unwinding.followClose(brokerPositionId, outcome);
  }

  #takeRefusal(id: string): void {
    this.#settle({ id, outcome: 'failed' });
    this.#unwinding.forgetOrder(id);
  }

  #takeUnknown(id: string): void {
    const request = this.#state.inFlight.noteUnknown(id);
    if (request && 'brokerPositionId' in request) this.#unwinding.followUnknown(request.brokerPositionId);
  }

  /** An order whose answer is still out has no number to cancel it by: it is cancelled when it comes to rest. */
  #cancel(orderId: string): void {
    const denial = cancelOrder(this.#state, orderId);
    if (denial === undefined || !this.#unwinding.cancelInFlight(orderId)) this.#answer(orderId, denial);
  }

  #checkDailyLoss(): void {
    const { limits, dayLoss } = this.#state;
    if (limits.maxDailyLoss === undefined || dayLoss.isTripped || !this.#hasPricesBegun) return;
    if (!dayLoss.isReached(limits.maxDailyLoss)) return;
    dayLoss.trip();
    this.#state.emit({ type: 'halt', code: 'daily-loss-exceeded', at: this.#state.at });
    this.#unwinding.endEntries('halt');
  }

  #answer(requestId: string | undefined, code: DenialCode | undefined, request?: OrderRequest): void {
    if (code !== undefined) this.#state.emit({ type: 'deny', code, requestId, request, at: this.#state.at });
  }

  /** Orders are cancelled in both modes: no strategy would manage what they opened. */
  #detach({ strategyId, mode }: StrategyDetachedEvent): void {
    this.#strategies.detach(strategyId);
    this.#unwinding.endEntries(mode === 'close' ? 'close' : 'cancel', strategyId);
    if (mode === 'close') this.#unwinding.closePositions(strategyId);
  }

  /** No new exposure: orders that rest would be just that, so they are cancelled. */
  #halt(): void {
    this.#state.isHaltedByPerson = true;
    this.#unwinding.endEntries('halt');
  }

  #kill(): void {
    this.#state.isHaltedByPerson = true;
    this.#strategies.dropQueues();
    this.#unwinding.endEntries('close');
    this.#unwinding.closePositions();
  }

  #resume(): void {
    this.#state.isHaltedByPerson = false;
    if (this.#state.dayLoss.isTripped) this.#state.dayLoss.rearm();
    this.#unwinding.endHalt();
  }
}
