/** Divergence of closes and RSI: the price makes a new extreme that its momentum does not confirm. */

import { Type } from 'typebox';
import type { Static } from 'typebox';

/** The state of a {@link DivergenceDetector}: close and RSI of the last candles, oldest first. */
export const DIVERGENCE_STATE = Type.Object({
  closes: Type.Array(Type.Number()),
  rsis: Type.Array(Type.Number()),
});

const MIDDLE_RSI = 50;

/**
 * Compares each candle with the n before it. Bullish: its close is below the closes of all of them, and its RSI, still below 50, is
 * above the RSI of the lowest of those closes (the latest one, if several are as low). Bearish: its close is above them all, and its
 * RSI, still above 50, is below the RSI of the highest of those closes.
 */
export class DivergenceDetector {
  readonly #lookback: number;
  #closes: number[] = [];
  #rsis: number[] = [];

  constructor(lookback: number) {
    this.#lookback = lookback;
  }

  /** Takes the next close and its RSI; returns the divergence they complete, if any. */
  update(close: number, rsi: number): 'bullish' | 'bearish' | undefined {
    const divergence = this.#closes.length === this.#lookback ? this.#compare(close, rsi) : undefined;
    this.#closes.push(close);
    this.#rsis.push(rsi);
    if (this.#closes.length > this.#lookback) {
      this.#closes.shift();
      this.#rsis.shift();
    }
    return divergence;
  }

  #compare(close: number, rsi: number): 'bullish' | 'bearish' | undefined {
    const lowest = Math.min(...this.#closes);
    const highest = Math.max(...this.#closes);
    if (close < lowest && rsi < MIDDLE_RSI && rsi > this.#rsiAt(lowest)) return 'bullish';
    return close > highest && rsi > MIDDLE_RSI && rsi < this.#rsiAt(highest) ? 'bearish' : undefined;
  }

  #rsiAt(close: number): number {
    return this.#rsis[this.#closes.lastIndexOf(close)] ?? MIDDLE_RSI;
  }

  save(): Static<typeof DIVERGENCE_STATE> {
    return { closes: [...this.#closes], rsis: [...this.#rsis] };
  }

  /** Takes over a saved state. */
  restore({ closes, rsis }: Static<typeof DIVERGENCE_STATE>): void {
    this.#closes = [...closes];
    this.#rsis = [...rsis];
  }
}
