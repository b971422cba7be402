/** What rests in one instrument, and the range of quotes that cannot move any of it. */

import { midPoints } from '../domain/quote.ts';
import { addUnits } from '../domain/units.ts';
import { trailingDistanceOf } from './resting-order.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { TradingHoursName } from '../domain/instrument.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Quote, QuoteRows, RowRange, RowStretch } from '../domain/quote.ts';
import type { RestingOrder } from './resting-order.ts';

/** The prices strictly between `low` and `high`, in points. */
export interface PriceRange {
  readonly low: number;
  readonly high: number;
}

/** What keeps an instrument from trading besides its hours: it is halted, or no one bids, or no one asks. */
export interface MarketRestriction {
  readonly isHalted: boolean;
  readonly hasNoBid: boolean;
  readonly hasNoAsk: boolean;
}

const UNRESTRICTED: MarketRestriction = { isHalted: false, hasNoBid: false, hasNoAsk: false };

/** The units that were bought and sold at a quote. */
interface Taken {
  readonly quote: Quote;
  buy: number;
  sell: number;
}

/** The range that contains no price. */
export const NO_PRICES: PriceRange = { low: Infinity, high: -Infinity };

/**
 * The resting orders of one instrument. Nearly all quotes move nothing, so the nearest price that would is kept for each
 * side of the market and direction: a quote between them is *quiet* and takes four comparisons.
 */
export class InstrumentMarket {
  readonly hours: TradingHoursName;
  restriction = UNRESTRICTED;
  readonly #restingById = new Map<number, RestingOrder>();
  /** Middle prices at which the account's margin needs no second look; nothing before the first look. */
  #marginBand = NO_PRICES;
  /** The number of the newest order that was there when the price entered the candle it is inside of; Infinity outside. */
  #heldAfter = Infinity;
  /** What orders took of the depth of a quote. The next quote brings new. */
  #taken: Taken | undefined;
  #bidLow = NO_PRICES.low;
  #bidHigh = NO_PRICES.high;
  #askLow = NO_PRICES.low;
  #askHigh = NO_PRICES.high;

  constructor(hours: TradingHoursName) {
    this.hours = hours;
  }

  /** The orders that rest here, by their number, oldest first. */
  get restingById(): ReadonlyMap<number, RestingOrder> {
    return this.#restingById;
  }

  /**
   * Orders with a higher number were placed inside a candle and wait for its end: a candle's path is one of many that the price
   * may have taken, and after a fill the next steps of that path are no more likely than others. Stops would come too late,
   * targets for sure.
   */
  get heldAfter(): number {
    return this.#heldAfter;
  }

  /** The price enters a candle, unless it is inside one already. */
  enterCandle(newestOrderId: number): void {
    this.#heldAfter = Math.min(this.#heldAfter, newestOrderId);
  }

  /** The candle is at its end, or the price jumped out of it. */
  leaveCandle(): void {
    this.#heldAfter = Infinity;
  }

  /** Returns the units that orders of a side took of a quote so far. */
  takenUnits(side: OrderSide, quote: Quote): number {
    return this.#taken?.quote === quote ? this.#taken[side] : 0;
  }

  /** Takes over what orders took of a quote before a restart. */
  restoreTaken(taken: Taken): void {
    this.#taken = { ...taken };
  }

  /** Takes note that an order took units of a quote. */
  take(side: OrderSide, units: number, quote: Quote): void {
    if (this.#taken?.quote !== quote) this.#taken = { quote, buy: 0, sell: 0 };
    this.#taken[side] = addUnits(this.#taken[side], units);
  }

  /** Returns whether a quote can be taken note of and no more. */
  isQuiet({ bid, ask }: Quote): boolean {
    return this.#isQuietAt(bid, ask);
  }

  #isQuietAt(bid: number, ask: number): boolean {
    return bid > this.#bidLow && bid < this.#bidHigh && ask > this.#askLow && ask < this.#askHigh;
  }

  /** Returns the rows of a range that come before the first that is not quiet. */
  quietStretch({ bid: bids, ask: asks }: QuoteRows, { from, to }: RowRange): RowStretch {
    let lowBid = bids[from] ?? 0;
    let highBid = lowBid;
    let lowAsk = asks[from] ?? 0;
    let highAsk = lowAsk;
    let row = from;
    if (from < to && this.#isQuietAt(lowBid, lowAsk)) {
      for (row += 1; row < to; row += 1) {
        const bid = bids[row] ?? 0;
        const ask = asks[row] ?? 0;
        // What lies between prices that are quiet is quiet.
        if (bid >= lowBid && bid <= highBid && ask >= lowAsk && ask <= highAsk) continue;
        if (!this.#isQuietAt(bid, ask)) break;
        if (bid < lowBid) lowBid = bid;
        if (bid > highBid) highBid = bid;
        if (ask < lowAsk) lowAsk = ask;
        if (ask > highAsk) highAsk = ask;
      }
    }
    return { from, to: row, lowBid, highBid, lowAsk, highAsk };
  }

  /** Returns the first of the candles from one row to before another that may hold a price that is not quiet. */
  firstUnquietCandle({ bidHigh, bidLow, askHigh, askLow }: CandleRows, from: number, to: number): number {
    const quietBidLow = this.#bidLow;
    const quietBidHigh = this.#bidHigh;
    const quietAskLow = this.#askLow;
    const quietAskHigh = this.#askHigh;
    for (let row = from; row < to; row += 1) {
      const isBidQuiet = (bidLow[row] ?? 0) > quietBidLow && (bidHigh[row] ?? 0) < quietBidHigh;
      const isAskQuiet = (askLow[row] ?? 0) > quietAskLow && (askHigh[row] ?? 0) < quietAskHigh;
      if (!isBidQuiet || !isAskQuiet) return row;
    }
    return to;
  }

  /** Adds an order that rests from now on. */
  add(resting: RestingOrder): void {
    this.#restingById.set(resting.order.orderId, resting);
    this.unsettle();
  }

  /** Removes an order that was filled or cancelled. */
  remove(orderId: number): void {
    this.#restingById.delete(orderId);
    this.unsettle();
  }

  /** Returns whether the account's margin needs no look at this quote. */
  isWithinMarginBand(quote: Quote): boolean {
    const mid = midPoints(quote);
    return mid > this.#marginBand.low && mid < this.#marginBand.high;
  }

  /** Sets the middle prices at which the account's margin needs no look. */
  setMarginBand(band: PriceRange): void {
    this.#marginBand = band;
    this.unsettle();
  }

  /** Whether it is known which quotes are quiet; where none is, it counts as not known. */
  get isSettled(): boolean {
    return this.#bidLow !== NO_PRICES.low;
  }

  /** No quote is quiet until the market has settled again. */
  unsettle(): void {
    this.#bidLow = NO_PRICES.low;
  }

  /** Works out which quotes are quiet from now on. */
  settle(): void {
    // The middle price is between bid and ask: it cannot leave the band before the outer side of the quote has.
    let bid: PriceRange = { low: this.#marginBand.low, high: Infinity };
    let ask: PriceRange = { low: -Infinity, high: this.#marginBand.high };
    for (const resting of this.#restingById.values()) {
      const quiet = quietRange(resting);
      // The middle price is between bid and ask: it cannot rise to a price before the ask has, nor fall to it before the bid has.
      if (resting.watches !== 'ask') bid = { ...bid, low: Math.max(bid.low, quiet.low) };
      if (resting.watches === 'bid') bid = { ...bid, high: Math.min(bid.high, quiet.high) };
      if (resting.watches !== 'bid') ask = { ...ask, high: Math.min(ask.high, quiet.high) };
      if (resting.watches === 'ask') ask = { ...ask, low: Math.max(ask.low, quiet.low) };
    }
    this.#bidLow = bid.low;
    this.#bidHigh = bid.high;
    this.#askLow = ask.low;
    this.#askHigh = ask.high;
  }
}

/** The prices that neither trigger the order nor make a trailing stop follow. */
function quietRange(resting: RestingOrder): PriceRange {
  const { trigger, waitsFor } = resting;
  const follows = (trailingDistanceOf(resting) ?? Infinity) + 1;
  return waitsFor === 'fall'
    ? { low: trigger, high: trigger + follows }
    : { low: trigger - follows, high: trigger };
}
