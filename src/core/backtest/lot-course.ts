/** What an open lot goes through: its first stop, and its best and worst open result so far. */

import { directionOf } from '../domain/position.ts';
import { bookMoney, MONEY_SCALE, pointsValue } from '../domain/money.ts';
import { midPoints } from '../domain/quote.ts';
import { pointsPerPip } from '../domain/instrument.ts';
import { netResult } from '../domain/trade.ts';
import { present } from '../shared/assert.ts';
import type { Currency, Instrument } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { Trade } from '../domain/trade.ts';
import type { PerformanceTrade } from './performance/trades.ts';

/** A trade with its worst (MAE) and best (MFE) open result in ten-thousandths: at most 0 and at least 0, the end included. */
export interface BacktestTrade extends Trade {
  readonly mae: number;
  readonly mfe: number;
}

/** How results become account currency. */
export interface ResultTerms {
  readonly instruments: Instruments;
  readonly currency: Currency;
  /** The part by which the broker converts worse than at the middle price. */
  readonly markup: number;
  /** The account's middle rate of a currency now; undefined when no price says. */
  readonly rateOf: (currency: Currency) => number | undefined;
}

/** Follows one lot from its opening fill on. */
export class LotCourse {
  readonly brokerPositionId: number;
  readonly #terms: ResultTerms;
  readonly #instrument: Instrument;
  readonly #name: string;
  readonly #entryPrice: number;
  readonly #entryRate: number;
  readonly #isLong: boolean;
  #firstStop: number | undefined;
  // Points gained at the worst and the best quote, and the rate to convert by then.
  #worst = 0;
  #worstRate: number;
  #best = 0;
  #bestRate: number;

  constructor(position: Position, terms: ResultTerms) {
    this.brokerPositionId = position.brokerPositionId;
    this.#terms = terms;
    this.#instrument = terms.instruments.named(position.instrument);
    this.#name = position.instrument;
    this.#entryPrice = position.entryPrice;
    this.#entryRate = this.#rate(position.entryPrice);
    this.#isLong = position.side === 'long';
    this.#worstRate = this.#bestRate = this.#entryRate;
  }

  /** Takes note of a protection; only the first stop counts, as the risk that was taken. */
  protect({ side, stopLoss, trailingDistance }: Position): void {
    if (this.#firstStop !== undefined) return;
    const trailing =
      trailingDistance === undefined ? undefined : this.#entryPrice - directionOf(side) * trailingDistance;
    this.#firstStop = stopLoss ?? trailing;
  }

  /** Takes the next quote of any instrument while the lot is open. */
  observe(quote: Quote): void {
    if (quote.instrument !== this.#name) return;
    const gained = this.#gainedAt(quote);
    if (gained < this.#worst) this.#noteWorst(gained, quote);
    else if (gained > this.#best) this.#noteBest(gained, quote);
  }

  #gainedAt({ bid, ask }: Quote): number {
    return this.#isLong ? bid - this.#entryPrice : this.#entryPrice - ask;
  }

  #noteWorst(gained: number, quote: Quote): void {
    this.#worst = gained;
    this.#worstRate = this.#rate(midPoints(quote));
  }

  #noteBest(gained: number, quote: Quote): void {
    this.#best = gained;
    this.#bestRate = this.#rate(midPoints(quote));
  }

  /** Returns a trade that closed (part of) this lot with what its units went through. */
  complete(trade: Trade): BacktestTrade {
    const worst = this.#value(trade.units, this.#worst, this.#worstRate);
    const best = this.#value(trade.units, this.#best, this.#bestRate);
    // The fill may be beyond every quote that was seen with the lot open.
    return {
      ...trade,
      mae: Math.min(worst, trade.realizedPnl, 0),
      mfe: Math.max(best, trade.realizedPnl, 0),
    };
  }

  /** Returns the trade as the metrics see it, to be called as it closes. */
  measure(trade: BacktestTrade): PerformanceTrade {
    const instrument = this.#instrument;
    const { units, entryPrice, exitPrice } = trade;
    const stop = this.#firstStop;
    const rate = this.#entryRate;
    const risk = (level: number) => Math.abs(pointsValue(instrument, units, entryPrice - level, rate));
    return {
      openedAt: trade.openedAt,
      closedAt: trade.closedAt,
      netPnl: netResult(trade),
      initialRisk: stop === undefined ? null : risk(stop),
      mae: trade.mae,
      mfe: trade.mfe,
      tradedNotional:
        this.#notional(units, entryPrice, rate) + this.#notional(units, exitPrice, this.#rate(exitPrice)),
      pipValue: pointsValue(instrument, units, pointsPerPip(instrument), rate),
    };
  }

  /** Returns what leaving at a quote would cost besides a commission: it is in the open result already, but in no fill. */
  exitCosts(units: number, quote: Quote): { readonly spread: number; readonly conversion: number } {
    const rate = this.#rate(midPoints(quote));
    const gained = this.#gainedAt(quote);
    const atMiddle = (points: number) => bookMoney(pointsValue(this.#instrument, units, points, rate));
    return {
      spread: atMiddle((quote.ask - quote.bid) / 2),
      conversion: atMiddle(gained) - this.#value(units, gained, rate),
    };
  }

  #value(units: number, points: number, rate: number): number {
    const { currency, markup } = this.#terms;
    const isConverted = this.#instrument.quote !== currency;
    const factor = isConverted ? (points >= 0 ? 1 - markup : 1 + markup) : 1;
    return bookMoney(pointsValue(this.#instrument, units, points, rate * factor));
  }

  /** Account currency for one unit of quote currency now; the pair's own price, in points, gives it where its base is that currency. */
  #rate(price: number): number {
    const { base, quote, pricePrecision } = this.#instrument;
    const { currency, rateOf } = this.#terms;
    if (quote === currency) return 1;
    if (base === currency) return 10 ** pricePrecision / price;
    return present(rateOf(quote), `rate of ${quote}`);
  }

  #notional(units: number, price: number, rate: number): number {
    const { base } = this.#instrument;
    if (base === this.#terms.currency) return units * MONEY_SCALE;
    return pointsValue(this.#instrument, units, price, rate);
  }
}
