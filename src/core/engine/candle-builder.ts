/** Builds the candles of one instrument and granularity from quotes. */

import { candleSpan, commonLength, PATH_QUOTES } from '../domain/candle.ts';
import { openMarketMs } from '../domain/trading-calendar.ts';
import type { Candle, CandleRows, Granularity } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowStretch } from '../domain/quote.ts';

/** The part of a candle's span that may lack quotes without the candle being dropped. */
const MISSABLE_PART = 0.1;

/** A candle under construction, as plain data. */
export type SavedCandle = { readonly [key in keyof Candle]: Candle[key] };

/** What a builder must keep: since when it watches, until when its candles are closed, and the candle under construction. */
export type SavedBuilder = {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly startedAt: number | null;
  readonly closedUntil: number | null;
  readonly candle: SavedCandle | null;
};

/** One candle at a time: it opens with a quote and is closed from outside; a span without a quote has no candle. */
export class CandleBuilder {
  readonly instrument: string;
  readonly granularity: Granularity;
  /** The end of the candle under construction, Infinity when there is none. */
  endsAt = Infinity;
  /** The first quote or clock event it saw. A candle that started earlier may lack quotes. */
  #startedAt: number | undefined;
  #closedUntil = -Infinity;
  #startsAt = 0;
  readonly #lengthMs: number | undefined;
  /** The span that was looked for last: it is looked for once when a candle may be opened, and again when it is. */
  #spanStartsAt = 0;
  #spanEndsAt = 0;
  #quotes = 0;
  #bidOpen = 0;
  #bidHigh = 0;
  #bidLow = 0;
  #bidClose = 0;
  #askOpen = 0;
  #askHigh = 0;
  #askLow = 0;
  #askClose = 0;

  constructor(instrument: string, granularity: Granularity) {
    this.instrument = instrument;
    this.granularity = granularity;
    this.#lengthMs = commonLength(granularity);
  }

  /** Sets since when no quote is missed; later calls change nothing. */
  watchFrom(at: number): void {
    this.#startedAt ??= at;
  }

  /** Returns when the candle ends that a quote from `at` would be in. */
  endWith(at: number): number {
    if (this.#quotes > 0) return this.endsAt;
    this.#findSpan(at);
    return this.#spanEndsAt;
  }

  /** Adds a quote to the candle under construction, or opens one with it; returns whether it opened one. */
  add({ at, bid, ask }: Quote): boolean {
    const isFirst = this.#quotes === 0;
    if (isFirst) this.#open(at, bid, ask);
    this.#lengthen(bid, ask);
    this.#quotes += 1;
    return isFirst;
  }

  /** Adds rows of quotes as `add` does each; returns whether the first of them opened a candle. */
  addRows({ times, bid, ask }: QuoteRows, stretch: RowStretch): boolean {
    const { from, to } = stretch;
    const isFirst = this.#quotes === 0;
    if (isFirst) this.#open(times[from] ?? 0, bid[from] ?? 0, ask[from] ?? 0);
    this.#lengthen(stretch.highBid, stretch.highAsk);
    this.#lengthen(stretch.lowBid, stretch.lowAsk);
    this.#bidClose = bid[to - 1] ?? 0;
    this.#askClose = ask[to - 1] ?? 0;
    this.#quotes += to - from;
    return isFirst;
  }

  /** Adds a stored candle as `add` does each quote of its path; returns whether it opened a candle. */
  addCandle(candles: CandleRows, row: number): boolean {
    const isFirst = this.#quotes === 0;
    if (isFirst) this.#open(candles.times[row] ?? 0, candles.bidOpen[row] ?? 0, candles.askOpen[row] ?? 0);
    this.#lengthen(candles.bidHigh[row] ?? 0, candles.askHigh[row] ?? 0);
    this.#lengthen(candles.bidLow[row] ?? 0, candles.askLow[row] ?? 0);
    this.#bidClose = candles.bidClose[row] ?? 0;
    this.#askClose = candles.askClose[row] ?? 0;
    this.#quotes += PATH_QUOTES;
    return isFirst;
  }

  /** Whether the candle under construction is a stored one of some length that was just added, so that those after it need no building. */
  holds({ times }: CandleRows, row: number, lengthMs: number): boolean {
    const isSame = this.#lengthMs === lengthMs && this.#startsAt === times[row];
    return isSame && this.#quotes === PATH_QUOTES && this.#isWhole();
  }

  /** Has the stored candle in a row under construction, as if all before it had been built and closed. */
  skipTo(candles: CandleRows, row: number): void {
    this.#quotes = 0;
    this.#closedUntil = candles.times[row] ?? 0;
    this.addCandle(candles, row);
  }

  /** Ends the candle under construction and returns it, or undefined when it is not whole: too much of its beginning was missed. */
  close(): Candle | undefined {
    const candle = this.#isWhole() ? this.#candle() : undefined;
    this.#closedUntil = this.endsAt;
    this.endsAt = Infinity;
    this.#quotes = 0;
    return candle;
  }

  save(): SavedBuilder {
    return {
      instrument: this.instrument,
      granularity: this.granularity,
      startedAt: this.#startedAt ?? null,
      closedUntil: this.#closedUntil === -Infinity ? null : this.#closedUntil,
      candle: this.#quotes === 0 ? null : this.#candle(),
    };
  }

  /** Returns a builder that continues where the saved one was. */
  static restore(saved: SavedBuilder): CandleBuilder {
    const builder = new CandleBuilder(saved.instrument, saved.granularity);
    builder.#startedAt = saved.startedAt ?? undefined;
    builder.#closedUntil = saved.closedUntil ?? -Infinity;
    if (saved.candle) builder.#take(saved.candle);
    return builder;
  }

  /**
   * Notes that no quotes came from one time to another. Candles that lack more than a tenth of their span by it are not whole;
   * the little that a quick restart takes from a day's candle is not worth the day.
   */
  missQuotes(from: number, until: number): void {
    if (until <= from) return;
    const next = candleSpan(this.granularity, until);
    const lastsMs = next.endsAt - next.startsAt;
    const missedOfNext = until - Math.max(from, next.startsAt);
    const missedOfOpen = this.#quotes === 0 ? 0 : Math.min(until, this.endsAt) - from;
    if (Math.max(missedOfNext, missedOfOpen) > lastsMs * MISSABLE_PART) this.#startedAt = until;
  }

  /** Closed hours hold no quotes that could be missed: a week's candle begins on Friday, its quotes on Sunday. */
  #isWhole(): boolean {
    const startedAt = this.#startedAt ?? Infinity;
    if (this.#startsAt >= startedAt) return true;
    const mayLackMs = (this.endsAt - this.#startsAt) * MISSABLE_PART;
    return startedAt < this.endsAt && openMarketMs(this.#startsAt, startedAt) <= mayLackMs;
  }

  #lengthen(bid: number, ask: number): void {
    if (bid > this.#bidHigh) this.#bidHigh = bid;
    if (bid < this.#bidLow) this.#bidLow = bid;
    if (ask > this.#askHigh) this.#askHigh = ask;
    if (ask < this.#askLow) this.#askLow = ask;
    this.#bidClose = bid;
    this.#askClose = ask;
  }

  #open(at: number, bid: number, ask: number): void {
    this.#startedAt ??= at;
    this.#findSpan(at);
    this.#startsAt = this.#spanStartsAt;
    this.endsAt = this.#spanEndsAt;
    this.#bidOpen = this.#bidHigh = this.#bidLow = bid;
    this.#askOpen = this.#askHigh = this.#askLow = ask;
  }

  /**
   * A quote may come late, after the clock closed the candle it belongs to. It then counts as the first of the next one: a second
   * candle of the same span must never appear.
   */
  #findSpan(at: number): void {
    const from = Math.max(at, this.#closedUntil);
    if (from >= this.#spanStartsAt && from < this.#spanEndsAt) return;
    const length = this.#lengthMs;
    // Candles mostly follow one another, and need no calendar then.
    if (length !== undefined && from >= this.#spanEndsAt && from < this.#spanEndsAt + length) {
      this.#spanStartsAt = this.#spanEndsAt;
      this.#spanEndsAt += length;
      return;
    }
    const { startsAt, endsAt } = candleSpan(this.granularity, from);
    this.#spanStartsAt = startsAt;
    this.#spanEndsAt = endsAt;
  }

  #candle(): Candle {
    return {
      instrument: this.instrument,
      granularity: this.granularity,
      startsAt: this.#startsAt,
      endsAt: this.endsAt,
      bidOpen: this.#bidOpen,
      bidHigh: this.#bidHigh,
      bidLow: this.#bidLow,
      bidClose: this.#bidClose,
      askOpen: this.#askOpen,
      askHigh: this.#askHigh,
      askLow: this.#askLow,
      askClose: this.#askClose,
      quotes: this.#quotes,
    };
  }

  #take(candle: SavedCandle): void {
    this.#startsAt = candle.startsAt;
    this.endsAt = candle.endsAt;
    this.#quotes = candle.quotes;
    this.#bidOpen = candle.bidOpen;
    this.#bidHigh = candle.bidHigh;
    this.#bidLow = candle.bidLow;
    this.#bidClose = candle.bidClose;
    this.#askOpen = candle.askOpen;
    this.#askHigh = candle.askHigh;
    this.#askLow = candle.askLow;
    this.#askClose = candle.askClose;
  }
}
