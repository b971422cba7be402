/** The engine: the pure decision core of one account. Events go in, effects come out; nothing else happens. */

import { EngineState } from './engine-state.ts';
import { accountFigures } from './account-figures.ts';
import { positionValue } from '../domain/position-value.ts';
import { previewOrder } from './order-preview.ts';
import { restoreEngine, saveEngine } from './save-engine.ts';
import { checkSavedEngine } from './saved-engine.ts';
import { endBatch } from './settling.ts';
import { skimCandles } from './skim-candles.ts';
import { firstAtLossLimit, firstCandleAtLossLimit, followsQuotes, skim, skimmableUntil } from './skimming.ts';
import { takeEvent } from './take-event.ts';
import { foreseeQuote, takeClock, takeQuote } from './take-prices.ts';
import { AttachedStrategies } from './attached-strategies.ts';
import { TransactionBatch } from './transaction-batch.ts';
import { Unwinding } from './unwinding.ts';
import type { AccountSnapshot, RiskLimits } from '../domain/account.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Currency } from '../domain/instrument.ts';
import type { Absorbed } from './absorbed.ts';
import type { AccountFigures } from './account-figures.ts';
import type { PositionValue } from '../domain/position-value.ts';
import type { Ledger, LedgerChange, LedgerOrder } from '../domain/ledger.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Quote, QuoteRows, RowRange, RowStretch } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Json } from '../shared/json.ts';
import type { ClosedMarketCounts } from '../domain/closed-market-counts.ts';
import type { Effect } from './effect.ts';
import type { EngineEvent } from './engine-event.ts';
import type { EngineOptions } from './engine-options.ts';
import type { QuoteObserver } from './observe-rows.ts';
import type { QuietCandles, TakenCandles } from './skim-candles.ts';
import type { EngineParts } from './engine-parts.ts';
import type { OrderPreview } from './order-preview.ts';

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
  readonly #parts: EngineParts;
  /** Whether the log is past its history, so that a fill in it shows a price of the present. */
  #isPresent = false;

  constructor(options: EngineOptions) {
    this.#state = new EngineState(options);
    this.#unwinding = new Unwinding(this.#state);
    this.#strategies = new AttachedStrategies(this.#state, this.#unwinding);
    this.#parts = { state: this.#state, unwinding: this.#unwinding, strategies: this.#strategies };
  }

  /** Takes the next event and returns what is to be done, in this order. */
  step(event: EngineEvent): readonly Effect[] {
    if (event.type === 'quote') {
      this.#isPresent = true;
      takeQuote(this.#parts, event.quote, event.isInsideCandle === true);
    } else if (event.type === 'clock') takeClock(this.#parts, event);
    else takeEvent(this.#parts, event);
    return this.#state.takeEffects();
  }

  /** Takes note of a quote that waits to be stepped: what is asked for before that is judged by it, and no strategy sees it yet. */
  foresee(quote: Quote): void {
    foreseeQuote(this.#parts, quote);
  }

  /** Takes the next transactions of the broker's log. One that was taken before is ignored. */
  absorb(transactions: readonly Transaction[]): Absorbed {
    const changes: LedgerChange[] = [];
    const filledTwice: LedgerOrder[] = [];
    let batch: TransactionBatch | undefined;
    for (const [index, transaction] of transactions.entries()) {
      batch ??= new TransactionBatch();
      this.#state.advance(transaction.at);
      if (transaction.type === 'order-filled' && this.#isPresent) this.#state.takeFillPrice(transaction);
      if (!this.#isPresent) this.#state.pace.noteLogged(transaction);
      const change = this.#state.portfolio.apply(transaction);
      if (change && transaction.type === 'account-adopted') this.#state.beginAgain();
      if (change) {
        changes.push(change);
        batch.note(change);
      }
      if (transactions[index + 1]?.batchId === transaction.batchId) continue;
      filledTwice.push(...endBatch(this.#parts, batch));
      batch = undefined;
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

  /** Whether each quote counts: something is held, sent, learned or waited for. While it is false, all but the newest may be left out. */
  get followsQuotes(): boolean {
    return followsQuotes(this.#parts);
  }

  /**
   * The market time before which quotes of an instrument from `from` on (UTC ms) may be skimmed instead of stepped, −Infinity when each
   * must be stepped: because a strategy wants it, something waits for it, or the market is closed.
   */
  skimmableUntil(instrumentName: string, from: number): number {
    return skimmableUntil(this.#parts, instrumentName, from);
  }

  /** The first row of a stretch with which a loss reaches its limit or is near it, or the end of the range: it must be stepped. */
  firstAtLossLimit(instrumentName: string, rows: QuoteRows, stretch: RowStretch): number {
    return firstAtLossLimit(this.#parts, instrumentName, rows, stretch);
  }

  /**
   * Takes rows of quotes that may be skimmed, as if each had been stepped: they are earlier than `skimmableUntil` and come before
   * `firstAtLossLimit`, so they have no effects. Those of a candle's path may be among them if all of them are. Returns the last
   * one. The observer sees each with the equity at it.
   */
  skim(instrumentName: string, rows: QuoteRows, stretch: RowStretch, observer?: QuoteObserver): Quote {
    return skim(this.#parts, instrumentName, { rows, stretch, observer });
  }

  /** The first of the candles with which a loss may reach its limit or be near it, or the end of the range: its quotes must be stepped. */
  firstCandleAtLossLimit(instrumentName: string, candles: CandleRows, range: RowRange): number {
    return firstCandleAtLossLimit(this.#parts, instrumentName, candles, range);
  }

  /**
   * Takes stored candles, and what is due between them, as if each quote of their paths had been stepped; before
   * `firstCandleAtLossLimit`. It ends before a candle whose quotes must be stepped, and when something is wanted: the effects are to be
   * performed before the next price.
   */
  skimCandles(quiet: QuietCandles): TakenCandles & { readonly effects: readonly Effect[] } {
    const { to, last } = skimCandles(this.#parts, quiet);
    return { to, last, effects: this.#state.takeEffects() };
  }

  /** The account as its log says it is: the projection of what was absorbed so far. */
  get ledger(): Ledger {
    return this.#state.portfolio.ledger;
  }

  /** Whether new exposure is denied: a person halted, or a rule about the equity did. */
  get isHalted(): boolean {
    return this.#state.isHalted;
  }

  /** Whether a person halted: no rule ends that. */
  get isHaltedByPerson(): boolean {
    return this.#state.isHaltedByPerson;
  }

  /** What strategies wanted to trade while the market was closed, since this engine was made, by what became of it. */
  get closedMarketSignals(): ClosedMarketCounts {
    return this.#state.closedMarketSignals.counts(this.#strategies.waitingIntents);
  }

  /** The ids of the orders in flight that would rest, but for those that take the place of a resting one. */
  get idsThatWouldRest(): Iterable<string> {
    return this.#state.inFlight.idsThatWouldRest();
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

  /** What an order would come to if it were placed now; nothing changes. */
  preview(request: Pick<OrderRequest, 'terms' | 'protects'>): OrderPreview {
    return previewOrder(this.#state, request);
  }

  /** Whether every open position has the prices that its value needs. */
  get isValued(): boolean {
    return this.#state.portfolio.valuationGap() === undefined;
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
    return saveEngine(this.#parts);
  }

  /**
   * Takes over a saved state. Prices come again from market time `resumesAt` on; candles that lost too much in between, or since
   * a log that is newer than the state, are not shown to strategies. InvariantError when the state is not one of this version,
   * or when strategies are attached already.
   */
  restoreState(state: Json, resumesAt = -Infinity): void {
    restoreEngine(this.#parts, checkSavedEngine(state), resumesAt);
    this.#isPresent = true;
  }

  /**
   * Counts a request as in flight that was sent before a restart and whose outcome is unknown: as if this engine had sent it. To
   * be called after the log was absorbed; InvariantError when it is in flight already.
   */
  expectOutcome(request: OrderRequest | CloseRequest): void {
    this.#state.inFlight.add(request);
    this.#state.inFlight.noteUnknown(request.id);
    if ('terms' in request) this.#state.pace.note(request);
  }

  /**
   * Returns the cancels that a restart may have lost. What an order opened that a kill was ending is closed at the next quote. To be
   * called once, after this recorded log was absorbed and the state restored.
   */
  effectsOfRestart(log: readonly Transaction[]): readonly Effect[] {
    this.#unwinding.endAfterRestart();
    this.#unwinding.closeWhatFilled(log);
    return this.#state.takeEffects();
  }

  /** Returns the state of an attached strategy as plain data, or undefined when it is not attached. */
  saveStrategy(strategyId: string): Json | undefined {
    return this.#strategies.saveStrategy(strategyId);
  }
}
