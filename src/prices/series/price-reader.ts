/** Reading the prices of a series for calculations. */

import type { PricePeriod } from './price-chunks.ts';
import type { PriceColumns } from './price-columns.ts';

/** What prices are read with. */
export interface PriceReader {
  /** The prices of a series in a range, batch by batch in order of time; the first and the last batch may hold others, too. They are not to be changed. */
  columns(seriesId: string, range: PricePeriod): AsyncGenerator<PriceColumns, void, undefined>;
}
