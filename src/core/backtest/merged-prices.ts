/** Merges the stored prices of several instruments into one stream of time. */

import { assert } from '../shared/assert.ts';
import { CandleCursor, QuoteCursor } from './price-cursor.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { PriceRange, PriceSource, PriceTaker } from './price-cursor.ts';

/** The next rows of a source, of its kind. */
export type PriceBatch =
  | ({ readonly kind: 'quotes' } & QuoteRows)
  | ({ readonly kind: 'candles' } & CandleRows);

interface Feed {
  readonly instrument: string;
  readonly cursor: QuoteCursor | CandleCursor;
  hasEnded: boolean;
}

/**
 * Hands a run the prices of its sources in order of time. Prices of the same millisecond come in the order of the sources, all of one
 * before the next. Give it rows of the source that it wants until it wants none: how they are cut into batches makes no difference.
 */
export class MergedPrices {
  readonly #taker: PriceTaker;
  readonly #feeds: readonly Feed[];

  constructor(taker: PriceTaker, sources: readonly PriceSource[], range: PriceRange) {
    this.#taker = taker;
    this.#feeds = sources.map((source) => createFeed(source, range));
  }

  /** The place of the source whose next rows are needed to continue; undefined when all have ended. */
  get wanted(): number | undefined {
    const index = this.#feeds.findIndex(({ hasEnded, cursor }) => !hasEnded && cursor.nextAt === Infinity);
    return index < 0 ? undefined : index;
  }

  /** Takes the next rows of the wanted source, or that it has no more, and passes on what has its turn now. */
  give(index: number, batch: PriceBatch | undefined): void {
    const feed = this.#feeds[index];
    assert(
      feed !== undefined && index === this.wanted,
      `rows of source ${this.wanted} were wanted, were of ${index}`,
    );
    if (batch === undefined) feed.hasEnded = true;
    else giveTo(feed, batch);
    if (this.wanted === undefined) this.#run();
  }

  /** There are few sources, so looking at all of them is quicker than keeping them sorted. */
  #run(): void {
    for (;;) {
      let turn = 0;
      for (let index = 1; index < this.#feeds.length; index += 1) {
        if (this.#nextAt(index) < this.#nextAt(turn)) turn = index;
      }
      const feed = this.#feeds[turn];
      if (feed === undefined || feed.cursor.nextAt === Infinity) return;
      feed.cursor.run(this.#taker, this.#endOfTurn(turn));
      if (feed.cursor.nextAt === Infinity && !feed.hasEnded) return;
    }
  }

  /** The instant at which another source comes first; times are whole milliseconds. */
  #endOfTurn(turn: number): number {
    let end = Infinity;
    for (let index = 0; index < this.#feeds.length; index += 1) {
      if (index !== turn) end = Math.min(end, this.#nextAt(index) + (index > turn ? 1 : 0));
    }
    return end;
  }

  #nextAt(index: number): number {
    return this.#feeds[index]?.cursor.nextAt ?? Infinity;
  }
}

function createFeed(source: PriceSource, range: PriceRange): Feed {
  const { instrument, granularity } = source;
  const cursor =
    granularity === undefined
      ? new QuoteCursor(source, range)
      : new CandleCursor({ instrument, granularity }, range);
  return { instrument, cursor, hasEnded: false };
}

function giveTo({ instrument, cursor }: Feed, batch: PriceBatch): void {
  if (batch.kind === 'quotes' && cursor instanceof QuoteCursor) return cursor.give(batch);
  assert(
    batch.kind === 'candles' && cursor instanceof CandleCursor,
    `rows of another kind were wanted for ${instrument}, were ${batch.kind}`,
  );
  cursor.give(batch);
}
