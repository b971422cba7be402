/** The instruments whose price is inside a candle of stored prices. */

import type { OrderFilled } from '../domain/transaction.ts';

/** At an extreme of a candle, at a fill on the way to one, or inside of none. */
type Place = 'extreme' | 'stop' | 'outside';

/** Where the price of each instrument is. */
export class EnteredCandles {
  // A name stays when its candle ends: taking it out and in again at every candle is slow.
  readonly #placesByName = new Map<string, Place>();
  #count = 0;

  /** Whether the price of any instrument is inside a candle. */
  get isAny(): boolean {
    return this.#count > 0;
  }

  /** Whether the price of an instrument is an extreme of the candle that it is inside of: no one knows yet that it is. */
  isAtExtreme(instrumentName: string): boolean {
    return this.#placeOf(instrumentName) === 'extreme';
  }

  enter(instrumentName: string): void {
    if (this.#placeOf(instrumentName) === 'outside') this.#count += 1;
    this.#placesByName.set(instrumentName, 'extreme');
  }

  leave(instrumentName: string): void {
    if (this.#placeOf(instrumentName) === 'outside') return;
    this.#count -= 1;
    this.#placesByName.set(instrumentName, 'outside');
  }

  /** Takes note that the price stopped at a fill, on its way to the next extreme. A closeout is at an extreme. */
  stop({ instrument, reason }: OrderFilled): void {
    if (reason !== 'margin_closeout' && this.#placeOf(instrument) !== 'outside')
      this.#placesByName.set(instrument, 'stop');
  }

  #placeOf(instrumentName: string): Place {
    return this.#placesByName.get(instrumentName) ?? 'outside';
  }
}
