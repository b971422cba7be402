/** What the tests of feeds send and receive. */

import type { Quote } from '../../../core/domain/quote.ts';
import type { QuoteColumns } from '../../series/price-columns.ts';
import type { FeedListener } from '../price-feed.ts';
/** Records what it receives. `settle` says what it has to wait for. */
export class Listener implements FeedListener {
  readonly received: string[] = [];
  readonly quotes: Quote[] = [];
  readonly clocks: number[] = [];
  readonly aliveAts: number[] = [];
  isEnded = false;
  settle: () => Promise<void> | undefined = () => undefined;
  /** The moments that it waits for, in order. */
  dueAts: readonly number[] = [];

  onQuote(quote: Quote): void {
    this.quotes.push(quote);
    this.received.push(`quote ${quote.bid}`);
  }

  onClock(at: number, pricesAliveAt: number): void {
    this.clocks.push(at);
    this.dueAts = this.dueAts.filter((dueAt) => dueAt > at);
    this.aliveAts.push(pricesAliveAt);
    this.received.push(`clock ${at}`);
  }

  nextClockAt(): number {
    return this.dueAts[0] ?? Infinity;
  }

  settled(): Promise<void> | undefined {
    return this.settle();
  }

  onEnd(): void {
    this.isEnded = true;
    this.received.push('end');
  }
}

/** Quotes at these times; their bids are 1, 2, 3, … */
export function batchesOf(times: readonly number[], rowsPerBatch = 2): readonly QuoteColumns[] {
  const batches: QuoteColumns[] = [];
  for (let start = 0; start < times.length; start += rowsPerBatch) {
    const slice = times.slice(start, start + rowsPerBatch);
    const bid = Int32Array.from(slice, (_, row) => start + row + 1);
    batches.push({
      kind: 'quotes',
      times: Float64Array.from(slice),
      bid,
      ask: bid.map((points) => points + 1),
    });
  }
  return batches;
}

/** Returns the bids that a listener received, in points. */
export const bids = ({ quotes }: Listener): readonly number[] => quotes.map(({ bid }) => bid);
