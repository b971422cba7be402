/** Loads a recorded file of quotes, whole and checked, before anything trades on it. */

import { createReadStream } from 'node:fs';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { StartFailure } from '../../core/shared/start-failure.ts';
import type { ReplayFeedSpec } from './feed-spec.ts';
import { invalidFeed } from './feed-spec.ts';
import type { QuoteColumns } from '../series/price-columns.ts';
import { PriceCsvReader } from '../import/price-csv-reader.ts';

/** 16 bytes a quote: the most a replay may hold in memory is 320 MB, about a year of one instrument. */
const MOST_QUOTES = 20_000_000;

/** Returns the file's quotes in time order; throws StartFailure 'configuration-invalid' when it is missing, bad, or holds candles. */
export async function loadReplay(spec: ReplayFeedSpec): Promise<readonly QuoteColumns[]> {
  const reader = new PriceCsvReader(createReadStream(spec.file), {
    instrument: PAPER_INSTRUMENTS.named(spec.instrument),
  });
  const batches: QuoteColumns[] = [];
  let quotes = 0;
  try {
    for await (const columns of reader) {
      if (columns.kind !== 'quotes')
        throw invalidFeed(`${spec.file} holds candles, only quotes can be replayed`);
      batches.push(columns);
      quotes += columns.times.length;
      if (quotes > MOST_QUOTES)
        throw invalidFeed(`${spec.file} holds more than ${MOST_QUOTES} quotes; split it`);
    }
  } catch (error) {
    throw inOurWords(error, spec.file);
  }
  return batches;
}

function inOurWords(error: unknown, file: string): unknown {
  if (error instanceof StartFailure) return error;
  if (error instanceof Problem) return invalidFeed(`${file}: ${error.message}`, error);
  const isFileError = error instanceof Error && 'syscall' in error;
  return isFileError ? invalidFeed(`the file cannot be read: ${error.message}`, error) : error;
}
