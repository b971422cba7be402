/** The instruments of an account: for each the candles being built and the strategies that watch it. */

import { granularityMs } from '../domain/candle.ts';
import { CandleBuilder } from './candle-builder.ts';
import type { Candle, CandleRows } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowStretch } from '../domain/quote.ts';
import type { SavedBuilder } from './candle-builder.ts';
import type { EngineTimers } from './engine-state.ts';
import type { StrategySlot } from './strategy-slot.ts';

/** One instrument. Its lists are replaced, never changed, so that a loop over one is safe when a strategy leaves. */
export interface Market {
  readonly name: string;
  builders: readonly CandleBuilder[];
  slots: readonly StrategySlot[];
  /** The slots whose strategies want every quote. */
  quoteSlots: readonly StrategySlot[];
}

/** The market times (UTC ms) between which no price was heard; none are missing when `until` is not later. */
export interface PriceGap {
  readonly from: number;
  readonly until: number;
}

/** All markets by instrument name; sets the timer of the next candle's end. Loops on the way of a quote or a candle are counted: they are the hot ones. */
export class Markets {
  readonly #marketsByName = new Map<string, Market>();
  /** The builders of all markets, shorter candles first: the order in which candles close that end together. */
  #builders: readonly CandleBuilder[] = [];
  readonly #timers: EngineTimers;
  // What `of` gave last: quotes of one instrument usually follow each other.
  #last: Market = createMarket('');

  constructor(timers: EngineTimers) {
    this.#timers = timers;
  }

  /** The market of an instrument; it stays the same object. */
  of(instrumentName: string): Market {
    if (instrumentName === this.#last.name) return this.#last;
    this.#last = this.#marketsByName.get(instrumentName) ?? createMarket(instrumentName);
    this.#marketsByName.set(instrumentName, this.#last);
    return this.#last;
  }

  /** Adds a strategy: from now on the candles that it wants are built. */
  add(slot: StrategySlot): void {
    for (const { name } of slot.instruments) {
      const market = this.of(name);
      setSlots(market, [...market.slots, slot]);
      for (const granularity of slot.strategy.granularities) {
        if (market.builders.some((builder) => builder.granularity === granularity)) continue;
        this.#setBuilders(market, [...market.builders, new CandleBuilder(name, granularity)]);
      }
    }
  }

  /** Removes a strategy, and the candles that only it wanted. */
  remove(slot: StrategySlot): void {
    for (const { name } of slot.instruments) {
      const market = this.of(name);
      setSlots(
        market,
        market.slots.filter((other) => other !== slot),
      );
      this.#setBuilders(
        market,
        market.builders.filter((builder) => isWanted(market, builder)),
      );
    }
  }

  /** The time before which a quote of this market from `from` on does nothing but open or lengthen candles; −Infinity when none does. */
  calmUntil({ builders, quoteSlots }: Market, from: number): number {
    if (quoteSlots.length > 0) return -Infinity;
    let until = Infinity;
    for (let index = 0; index < builders.length; index += 1)
      until = Math.min(until, builders[index]?.endWith(from) ?? Infinity);
    return until;
  }

  /** Adds a quote to the candles of its instrument. */
  addQuote({ builders }: Market, quote: Quote): void {
    for (let index = 0; index < builders.length; index += 1) {
      const builder = builders[index];
      if (builder?.add(quote) === true) this.#noteEnd(builder);
    }
  }

  /** Adds rows of quotes of one candle of each granularity. */
  addRows({ builders }: Market, rows: QuoteRows, stretch: RowStretch): void {
    for (let index = 0; index < builders.length; index += 1) {
      const builder = builders[index];
      if (builder?.addRows(rows, stretch) === true) this.#noteEnd(builder);
    }
  }

  /** Adds a stored candle that is part of one candle of each granularity. */
  addCandle({ builders }: Market, candles: CandleRows, row: number): void {
    for (let index = 0; index < builders.length; index += 1) {
      const builder = builders[index];
      if (builder?.addCandle(candles, row) === true) this.#noteEnd(builder);
    }
  }

  /** The granularity of the only candles that are built, if a stored one of this length was just added: those after it need no building. */
  storedGranularity({ builders }: Market, candles: CandleRows, row: number, lengthMs: number) {
    const [builder] = builders;
    const isSole = this.#builders.length === 1 && builder?.holds(candles, row, lengthMs) === true;
    return isSole ? builder.granularity : undefined;
  }

  /** Takes the stored candle in a row after others that needed no building; closes it too if it `hasEnded`. */
  skipTo({ builders: [builder] }: Market, candles: CandleRows, row: number, hasEnded: boolean): void {
    builder?.skipTo(candles, row);
    if (hasEnded) builder?.close();
    this.#findNextEnd();
  }

  /** Gives all builders the time. */
  watchFrom(at: number): void {
    for (let index = 0; index < this.#builders.length; index += 1) this.#builders[index]?.watchFrom(at);
  }

  /** Closes the candle that ends first, the shorter one when two end together; returns it unless it is not whole. */
  closeNext(): Candle | undefined {
    const endsAt = this.#timers.of('candle');
    for (let index = 0; index < this.#builders.length; index += 1) {
      const builder = this.#builders[index];
      if (builder?.endsAt !== endsAt) continue;
      const candle = builder.close();
      this.#findNextEnd();
      return candle;
    }
    return undefined;
  }

  save(): readonly SavedBuilder[] {
    return this.#builders.map((builder) => builder.save());
  }

  restore(candles: readonly SavedBuilder[], gap: PriceGap): void {
    for (const saved of candles) {
      const market = this.of(saved.instrument);
      const builder = CandleBuilder.restore(saved);
      builder.missQuotes(gap.from, gap.until);
      this.#setBuilders(market, [...market.builders, builder]);
    }
  }

  #setBuilders(market: Market, builders: readonly CandleBuilder[]): void {
    market.builders = builders;
    const all = [...this.#marketsByName.values()].flatMap((other) => other.builders);
    this.#builders = all.sort(
      (one, other) => granularityMs(one.granularity) - granularityMs(other.granularity),
    );
    this.#findNextEnd();
  }

  /** A candle was opened: it may be the next to end. */
  #noteEnd({ endsAt }: CandleBuilder): void {
    if (endsAt < this.#timers.of('candle')) this.#timers.set('candle', endsAt);
  }

  #findNextEnd(): void {
    let nextEndsAt = Infinity;
    for (let index = 0; index < this.#builders.length; index += 1) {
      nextEndsAt = Math.min(nextEndsAt, this.#builders[index]?.endsAt ?? Infinity);
    }
    this.#timers.set('candle', nextEndsAt);
  }
}

function createMarket(name: string): Market {
  return { name, builders: [], slots: [], quoteSlots: [] };
}

function setSlots(market: Market, slots: readonly StrategySlot[]): void {
  market.slots = slots;
  market.quoteSlots = slots.filter(({ strategy }) => strategy.onQuote !== undefined);
}

function isWanted(market: Market, { granularity }: CandleBuilder): boolean {
  return market.slots.some((slot) => slot.wants(granularity));
}
