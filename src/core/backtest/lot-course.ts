/** What an open lot goes through: its first stop, and its best and worst open result so far. */

import { directionOf } from '../domain/position.ts';
import { bookMoney, MONEY_SCALE, pointsValue } from '../domain/money.ts';
import { midPoints } from '../domain/quote.ts';
import { pointsPerPip } from '../domain/instrument.ts';
import { netResult } from '../domain/trade.ts';
import type { Currency, Instrument } from '../domain/instrument.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { Trade } from '../domain/trade.ts';
import type { PerformanceTrade } from './performance/trades.ts';

/** A trade with its worst (MAE) and best (MFE) open result in ten-thousandths: at most 0 and at least 0, the end included. */
export interface BacktestTrade extends Trade {
  readonly mae: number;
  readonly mfe: number;
}

/** How results of the one instrument of a run become account currency, which is the pair's base or quote. */
export interface ResultTerms {
  readonly instrument: Instrument;
  readonly currency: Currency;
  /** The part by which the broker converts worse than at the middle price. */
  readonly markup: number;
}

/** Follows one lot from its opening fill on. */
export class LotCourse {
  readonly brokerPositionId: number;
  readonly #terms: ResultTerms;
  readonly #entryPrice: number;
  readonly #isLong: boolean;
  #firstStop: number | undefined;
  // Points gained at the worst and the best quote, and the middle price then, in points, to convert by.
  #worst = 0;
  #worstMid: number;
  #best = 0;
  #bestMid: number;

  constructor(position: Position, terms: ResultTerms) {
    this.brokerPositionId = position.brokerPositionId;
    this.#terms = terms;
    this.#entryPrice = position.entryPrice;
    this.#isLong = position.side === 'long';
    this.#worstMid = this.#bestMid = position.entryPrice;
  }

  /** Takes note of a protection; only the first stop counts, as the risk that was taken. */
  protect({ side, stopLoss, trailingDistance }: Position): void {
    if (this.#firstStop !== undefined) return;
    const trailing =
      trailingDistance === undefined ? undefined : this.#entryPrice - directionOf(side) * trailingDistance;
    this.#firstStop = stopLoss ?? trailing;
  }

  /** Takes the next quote while the lot is open. */
  observe(quote: Quote): void {
    const gained = this.#isLong ? quote.bid - this.#entryPrice : this.#entryPrice - quote.ask;
    if (gained < this.#worst) {
      this.#worst = gained;
      this.#worstMid = midPoints(quote);
    } else if (gained > this.#best) {
      this.#best = gained;
      this.#bestMid = midPoints(quote);
    }
  }

  /** Returns a trade that closed (part of) this lot with what its units went through. */
  complete(trade: Trade): BacktestTrade {
    const worst = this.#value(trade.units, this.#worst, this.#worstMid);
    const best = this.#value(trade.units, this.#best, this.#bestMid);
    // The fill may be beyond every quote that was seen with the lot open.
    return {
      ...trade,
      mae: Math.min(worst, trade.realizedPnl, 0),
      mfe: Math.max(best, trade.realizedPnl, 0),
    };
  }

  /** Returns the trade as the metrics see it. */
  measure(trade: BacktestTrade): PerformanceTrade {
    const { instrument } = this.#terms;
    const { units, entryPrice, exitPrice } = trade;
    const stop = this.#firstStop;
    const rate = this.#rate(entryPrice);
    return {
      openedAt: trade.openedAt,
      closedAt: trade.closedAt,
      netPnl: netResult(trade),
      initialRisk:
        stop === undefined ? null : Math.abs(pointsValue(instrument, units, entryPrice - stop, rate)),
      mae: trade.mae,
      mfe: trade.mfe,
      tradedNotional: this.#notional(units, entryPrice) + this.#notional(units, exitPrice),
      pipValue: pointsValue(instrument, units, pointsPerPip(instrument), rate),
    };
  }

  /** Returns what leaving at a quote would cost besides a commission: it is in the open result already, but in no fill. */
  exitCosts(units: number, quote: Quote): { readonly spread: number; readonly conversion: number } {
    const { instrument } = this.#terms;
    const mid = midPoints(quote);
    const gained = this.#isLong ? quote.bid - this.#entryPrice : this.#entryPrice - quote.ask;
    const atMiddle = (points: number) => bookMoney(pointsValue(instrument, units, points, this.#rate(mid)));
    return {
      spread: atMiddle((quote.ask - quote.bid) / 2),
      conversion: atMiddle(gained) - this.#value(units, gained, mid),
    };
  }

  #value(units: number, points: number, mid: number): number {
    const { instrument, currency, markup } = this.#terms;
    const isConverted = instrument.quote !== currency;
    const factor = isConverted ? (points >= 0 ? 1 - markup : 1 + markup) : 1;
    return bookMoney(pointsValue(instrument, units, points, this.#rate(mid) * factor));
  }

  /** Account currency for one unit of quote currency, at a price in points. */
  #rate(price: number): number {
    const { instrument, currency } = this.#terms;
    return instrument.quote === currency ? 1 : 10 ** instrument.pricePrecision / price;
  }

  #notional(units: number, price: number): number {
    const { instrument, currency } = this.#terms;
    return instrument.base === currency ? units * MONEY_SCALE : pointsValue(instrument, units, price, 1);
  }
}
