/** Keeps what a run did: trades, costs, and the equity after every change. */

import { CalmPrices } from '../engine/calm-prices.ts';
import { openMarketMs } from '../domain/trading-calendar.ts';
import { present } from '../shared/assert.ts';
import { LotCourse } from './lot-course.ts';
import { DailyEquity } from './performance/daily-equity.ts';
import { DrawdownTracker } from './performance/drawdown-tracker.ts';
import { EquityCurve } from './performance/equity-curve.ts';
import type { Quote } from '../domain/quote.ts';
import type { Trade } from '../domain/trade.ts';
import type { LedgerChange } from '../domain/ledger.ts';
import type { Position } from '../domain/position.ts';
import type { DividendAdjusted, FinancingCharged, OrderFilled, Transaction } from '../domain/transaction.ts';
import type { BacktestTrade, ResultTerms } from './lot-course.ts';
import type { CostLines } from './performance/costs.ts';
import type { PerformanceInput } from './performance.ts';
import type { PerformanceTrade } from './performance/trades.ts';

function isHoldingBooked(transaction: Transaction): transaction is FinancingCharged | DividendAdjusted {
  return transaction.type === 'financing-charged' || transaction.type === 'dividend-adjusted';
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** The positions that are open at the end of a run, and the last quotes. */
export interface LeftPositions {
  readonly positions: Iterable<Position>;
  readonly quoteOf: (instrument: string) => Quote | undefined;
}

/** What a run measured; the metrics need the market's prices besides. */
export type RunMeasures = Omit<PerformanceInput, 'market'>;

/** The record of one run, fed with every change of the engine's ledger and with every quote while a position is open. */
export class RunRecord {
  readonly trades: BacktestTrade[] = [];
  readonly curve: EquityCurve;
  /** See `QuoteObserver`. */
  readonly calm = new CalmPrices();
  readonly #terms: ResultTerms;
  readonly #startsAt: number;
  readonly #startEquity: number;
  readonly #measuredTrades: PerformanceTrade[] = [];
  readonly #costs: Writable<CostLines> = {
    spread: 0,
    slippage: 0,
    commission: 0,
    financing: 0,
    conversion: 0,
  };
  readonly #daily: DailyEquity;
  readonly #equityDrawdown: DrawdownTracker;
  readonly #balanceDrawdown: DrawdownTracker;
  #lots: readonly LotCourse[] = [];
  #isMoving = false;
  #exposedFrom: number | undefined;
  #exposureMs = 0;

  constructor(terms: ResultTerms, startsAt: number, startEquity: number) {
    this.#terms = terms;
    this.#startsAt = startsAt;
    this.#startEquity = startEquity;
    this.curve = new EquityCurve(startsAt, startEquity);
    this.#daily = new DailyEquity(startsAt, startEquity);
    this.#equityDrawdown = new DrawdownTracker(startsAt, startEquity);
    this.#balanceDrawdown = new DrawdownTracker(startsAt, startEquity);
  }

  /** Whether the equity may differ from the one observed last: a position is open, or something was filled since. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** Whether the next quote is the last to be observed: what was open has been closed. */
  get isEnding(): boolean {
    return this.#isMoving && this.#lots.length === 0;
  }

  /** Takes what the next transactions of the log changed. */
  add(changes: readonly LedgerChange[]): void {
    this.calm.forget();
    for (const { transaction, positions, trades } of changes) {
      this.#addCosts(transaction);
      for (const position of positions) {
        if (position.openUnits > 0)
          this.#lotOf(position.brokerPositionId, () => new LotCourse(position, this.#terms)).protect(
            position,
          );
      }
      for (const trade of trades) this.#keepTrade(trade);
      if (transaction.type === 'order-filled') this.#settleLots(transaction, positions);
    }
  }

  /** Takes the equity in ten-thousandths after the quote that is in force; to be called at every quote while `isMoving`. */
  observe(quote: Quote, equity: number): void {
    // A new low or high leaves what lies between the old ones as calm as it was, unless the price of another instrument made it.
    if (!this.calm.isOf(quote.instrument) || quote.at >= this.calmUntil) this.calm.forget();
    else if (this.#equityDrawdown.reachesPeak(equity)) this.calm.forget();
    // Counted, because this is the way of every quote.
    for (let index = 0; index < this.#lots.length; index += 1) this.#lots[index]?.observe(quote);
    this.#daily.update(quote.at, equity);
    this.#equityDrawdown.update(quote.at, equity);
    this.curve.update(quote.at, equity);
    this.#isMoving = this.#lots.length > 0;
  }

  /** See `QuoteObserver`. */
  get calmUntil(): number {
    return Math.min(this.curve.calmUntil, this.#daily.calmUntil);
  }

  /** Takes a quote of which nothing is kept; see `QuoteObserver`. */
  pass(at: number, equity: number): void {
    this.#daily.update(at, equity);
    this.curve.replaceLast(at, equity);
  }

  /** Whether observing this would leave more behind than the next observation replaces; see `QuoteObserver`. */
  wouldKeep(at: number, equity: number): boolean {
    return (
      this.#daily.wouldKeep(at) || this.#equityDrawdown.wouldKeep(equity) || this.curve.wouldKeep(at, equity)
    );
  }

  /**
   * Returns what the metrics need, up to an instant at or after everything observed. Positions that are open then are valued as
   * if they were left at the last quotes, so what that would cost is counted with the costs of fills.
   */
  measure(endsAt: number, left: LeftPositions): RunMeasures {
    const open = this.#exposedFrom === undefined ? 0 : openMarketMs(this.#exposedFrom, endsAt);
    return {
      startsAt: this.#startsAt,
      endsAt,
      startEquity: this.#startEquity,
      daily: this.#daily.points(),
      equityDrawdown: this.#equityDrawdown.summary(endsAt),
      balanceDrawdown: this.#balanceDrawdown.summary(endsAt),
      trades: this.#measuredTrades,
      exposureMs: this.#exposureMs + open,
      marketOpenMs: openMarketMs(this.#startsAt, endsAt),
      costs: this.#costsWhenLeft(left),
    };
  }

  #costsWhenLeft({ positions, quoteOf }: LeftPositions): CostLines {
    const costs = { ...this.#costs };
    for (const { brokerPositionId, openUnits, instrument } of positions) {
      const quote = present(quoteOf(instrument), `quote of ${instrument}`);
      const { spread, conversion } = this.#lotOf(brokerPositionId).exitCosts(openUnits, quote);
      costs.spread += spread;
      costs.conversion += conversion;
    }
    return costs;
  }

  #addCosts(transaction: Transaction): void {
    if (transaction.type === 'order-filled') this.#addCostsOfFill(transaction);
    else if (isHoldingBooked(transaction)) this.#addFinancing(transaction);
  }

  #addFinancing({ at, amount, balance }: FinancingCharged | DividendAdjusted): void {
    // Financing is booked as a result: what was paid is negative there and positive here.
    this.#costs.financing -= amount;
    this.#isMoving = true;
    this.#balanceDrawdown.update(at, balance);
  }

  #addCostsOfFill({ spreadCost, slippageCost, commission, closed }: OrderFilled): void {
    const costs = this.#costs;
    costs.spread += spreadCost;
    costs.slippage += slippageCost;
    costs.commission += commission;
    for (const lot of closed) {
      costs.financing -= lot.financing;
      costs.conversion += lot.conversionCost;
    }
  }

  #keepTrade(closed: Trade): void {
    const lot = this.#lotOf(closed.brokerPositionId);
    const trade = lot.complete(closed);
    this.trades.push(trade);
    this.#measuredTrades.push(lot.measure(trade));
  }

  #lotOf(brokerPositionId: number, make?: () => LotCourse): LotCourse {
    const known = this.#lots.find((lot) => lot.brokerPositionId === brokerPositionId);
    if (known || !make) return present(known, 'open lot', brokerPositionId);
    const lot = make();
    this.#lots = [...this.#lots, lot];
    return lot;
  }

  /** After a fill: closed lots leave, the time in the market starts or ends, and the balance is looked at. */
  #settleLots({ at, balance }: OrderFilled, positions: readonly Position[]): void {
    for (const { brokerPositionId: closed, openUnits } of positions) {
      if (openUnits === 0)
        this.#lots = this.#lots.filter(({ brokerPositionId }) => brokerPositionId !== closed);
    }
    this.#isMoving = true;
    if (this.#lots.length > 0) this.#exposedFrom ??= at;
    else if (this.#exposedFrom !== undefined) {
      this.#exposureMs += openMarketMs(this.#exposedFrom, at);
      this.#exposedFrom = undefined;
    }
    this.#balanceDrawdown.update(at, balance);
  }
}
