/** Walks over recorded quotes, one after the other. */

import type { Quote } from '../../core/domain/quote.ts';
import type { QuoteColumns } from './price-columns.ts';

/** A place in batches of one instrument's quotes. */
export class QuoteCursor {
  readonly #instrument: string;
  readonly #batches: readonly QuoteColumns[];
  #batch = 0;
  #row = 0;

  constructor(instrument: string, batches: readonly QuoteColumns[]) {
    this.#instrument = instrument;
    this.#batches = batches;
  }

  /** When the next quote came (UTC ms), or undefined at the end. */
  get nextAt(): number | undefined {
    return this.#batches[this.#batch]?.times[this.#row];
  }

  /** Takes the next quote, or undefined at the end. */
  take(): Quote | undefined {
    const columns = this.#batches[this.#batch];
    if (columns === undefined) return undefined;
    const row = this.#row;
    this.#row += 1;
    if (this.#row === columns.times.length) {
      this.#batch += 1;
      this.#row = 0;
    }
    const [at = 0, bid = 0, ask = 0] = [columns.times[row], columns.bid[row], columns.ask[row]];
    return { instrument: this.#instrument, at, bid, ask };
  }

  /** Goes past every quote at or before `at`. */
  skipTo(at: number): void {
    for (let next = this.nextAt; next !== undefined && next <= at; next = this.nextAt) this.take();
  }
}
