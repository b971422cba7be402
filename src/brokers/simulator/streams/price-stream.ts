/** The prices of some instruments as a stream: what changed in each window, and only the last of it. */

import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Price, PriceBoard } from '../prices/price-board.ts';
import type { Fields } from '../v20-error.ts';
import type { StreamLines } from './stream-lines.ts';

/** What of a price makes it another one than the one before. */
type Seen = Pick<Price, 'isTradable'> & { readonly ladder: string };

/** Knows what one reader was sent. */
export class PriceStream {
  readonly #instruments: readonly Instrument[];
  readonly #board: PriceBoard;
  readonly #lines: StreamLines;
  readonly #more: (instrument: Instrument) => Fields;
  readonly #seenByInstrument = new Map<string, Seen>();

  /** `more` are fields that each line has beside the price. */
  constructor(
    instruments: readonly Instrument[],
    board: PriceBoard,
    lines: StreamLines,
    more: (instrument: Instrument) => Fields,
  ) {
    this.#instruments = instruments;
    this.#board = board;
    this.#lines = lines;
    this.#more = more;
  }

  /** Takes the prices of now for seen, so that only later ones are sent. */
  skipSnapshot(): void {
    for (const instrument of this.#instruments) {
      const price = this.#board.priceOf(instrument);
      if (price) this.#seenByInstrument.set(instrument.name, seenOf(price));
    }
  }

  /** Sends each price that is another one than was sent before. A reader who is behind gets the newest once it has caught up. */
  sendChanged(): void {
    if (this.#lines.isBehind) return;
    for (const instrument of this.#instruments) {
      const price = this.#board.priceOf(instrument);
      if (!price) continue;
      const [seen, now] = [this.#seenByInstrument.get(instrument.name), seenOf(price)];
      if (seen?.isTradable === now.isTradable && seen.ladder === now.ladder) continue;
      this.#seenByInstrument.set(instrument.name, now);
      this.#lines.write({ ...price.fields, ...this.#more(instrument) });
    }
  }
}

function seenOf({ isTradable, quote: { bid, ask }, fields }: Price): Seen {
  const { bids, asks } = fields as { readonly bids: readonly unknown[]; readonly asks: readonly unknown[] };
  return { isTradable, ladder: [bid, ask, bids.length, asks.length].join() };
}
