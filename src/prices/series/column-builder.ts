/** Gathers price rows into batches of columns. */

import { assembleColumns, LONGEST_BATCH_ROWS, PRICE_COLUMN_COUNTS } from './price-columns.ts';
import type { PriceColumns, PriceKind } from './price-columns.ts';

/** Takes one row after the other; a batch must be taken out when it is full, and once at the end. */
export class ColumnBuilder {
  readonly #kind: PriceKind;
  #times = new Float64Array(LONGEST_BATCH_ROWS);
  #prices: readonly Int32Array[];
  #row = 0;

  constructor(kind: PriceKind) {
    this.#kind = kind;
    this.#prices = this.#emptyColumns();
  }

  /** The price columns; the next row's prices are written at {@link row}, and stay only if it is committed. */
  get prices(): readonly Int32Array[] {
    return this.#prices;
  }

  /** The place of the next row. */
  get row(): number {
    return this.#row;
  }

  /** Whether the batch must be taken before the next row. */
  get isFull(): boolean {
    return this.#row === LONGEST_BATCH_ROWS;
  }

  /** Makes what was written at {@link row} a row of this time. */
  commit(at: number): void {
    this.#times[this.#row] = at;
    this.#row += 1;
  }

  /** Takes the rows gathered so far, or undefined when there are none. */
  take(): PriceColumns | undefined {
    const rows = this.#row;
    if (rows === 0) return undefined;
    const times = this.#times.subarray(0, rows);
    const prices = this.#prices.map((column) => column.subarray(0, rows));
    this.#times = new Float64Array(LONGEST_BATCH_ROWS);
    this.#prices = this.#emptyColumns();
    this.#row = 0;
    return assembleColumns(this.#kind, times, prices);
  }

  #emptyColumns(): readonly Int32Array[] {
    return Array.from({ length: PRICE_COLUMN_COUNTS[this.#kind] }, () => new Int32Array(LONGEST_BATCH_ROWS));
  }
}
