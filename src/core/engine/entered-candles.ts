/** The instruments whose price is inside a candle of stored prices. */

import type { OrderFilled } from '../domain/transaction.ts';

/** By instrument, whether the price is at an extreme of its candle, or at a fill on the way to one. */
export class EnteredCandles {
  readonly #placesByName = new Map<string, 'extreme' | 'stop'>();

  /** Whether the price of any instrument is inside a candle. */
  get isAny(): boolean {
    return this.#placesByName.size > 0;
  }

  /** Whether the price of an instrument is an extreme of the candle that it is inside of: no one knows yet that it is. */
  isAtExtreme(instrumentName: string): boolean {
    return this.#placesByName.get(instrumentName) === 'extreme';
  }

  enter(instrumentName: string): void {
    this.#placesByName.set(instrumentName, 'extreme');
  }

  leave(instrumentName: string): void {
    this.#placesByName.delete(instrumentName);
  }

  /** Takes note that the price stopped at a fill, on its way to the next extreme. A closeout is at an extreme. */
  stop({ instrument, reason }: OrderFilled): void {
    if (reason !== 'margin_closeout' && this.#placesByName.has(instrument))
      this.#placesByName.set(instrument, 'stop');
  }
}
