/** What a new series is made of. */

import type { Granularity } from '../../core/domain/candle.ts';
import type { PriceChunk } from './price-chunks.ts';

/** What a new series is. No owner: it is shared. Candles have a granularity, quotes have none. */
export interface NewPriceSeries {
  readonly id: string;
  readonly userId: string | undefined;
  readonly instrument: string;
  /** Where the prices came from: a file's name. */
  readonly source: string;
}

/** What is known of a series when all of its prices have been seen. */
export interface PriceSeriesEnd {
  readonly kind: 'quotes' | 'candles';
  readonly granularity: Granularity | undefined;
  readonly skippedRows: number;
  /** The SHA-256 of the file, in hex, if it was made. */
  readonly fileDigest?: string | undefined;
}

/** Takes the chunks of one series, in order of time. */
export type ChunkWriter = (chunk: PriceChunk) => Promise<void>;

/** Returns a new series as the table has it. */
export function newSeriesRow({ id, userId, instrument, source }: NewPriceSeries) {
  return {
    id,
    user_id: userId ?? null,
    instrument,
    source: source.slice(0, LONGEST_SOURCE),
    // Of a file it is known at its end only.
    kind: 'quotes' as PriceSeriesEnd['kind'],
  };
}

/** As the column has it. */
const LONGEST_SOURCE = 255;
