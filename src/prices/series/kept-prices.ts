/** Decoded prices that stay in memory from one read to the next: a backtest is mostly repeated on the same prices. */

import { decodeColumns } from './price-codec.ts';
import { assembleColumns, priceColumnsOf } from './price-columns.ts';
import type { ChunkVersion, PricePeriod } from './price-chunks.ts';
import type { PriceColumns } from './price-columns.ts';
import type { PriceReader } from './price-reader.ts';
import type { PriceSeriesStore } from './price-series-store.ts';

/** 3,000,000 quotes or 1,200,000 candles. */
const MOST_BYTES = 48_000_000;

interface KeptChunk extends ChunkVersion {
  readonly columns: PriceColumns;
  readonly bytes: number;
}

/**
 * Reads prices, and keeps what it decoded. What is kept is used only where the database says, at each read, that it still has this very version of
 * the chunk; from the first other one on everything is read, as without anything kept. The store has one connection, or little is proven.
 */
export class KeptPrices implements PriceReader {
  readonly #store: PriceSeriesStore;
  readonly #mostBytes: number;
  /** By series and ordinal. What was used longest ago comes first. */
  readonly #chunks = new Map<string, KeptChunk>();
  /** What the run under way used, by the same keys: it makes no room for other prices of the same run, or a long range would keep none. */
  readonly #used = new Set<string>();
  #bytes = 0;

  constructor(store: PriceSeriesStore, mostBytes = MOST_BYTES) {
    this.#store = store;
    this.#mostBytes = mostBytes;
  }

  /** How much memory the kept prices take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins another run, whose prices may take the place of all others. */
  beginRun(): void {
    this.#used.clear();
  }

  async *columns(seriesId: string, range: PricePeriod): AsyncGenerator<PriceColumns, void, undefined> {
    const proven = await this.#proven(seriesId, range);
    for (const { columns } of proven) yield columns;
    const rest = this.#store.chunks(seriesId, range, 'oldest-first', proven.at(-1)?.ordinal);
    for await (const { ordinal, version, data } of rest) {
      const columns = decodeColumns(data);
      this.#keep(keyOf(seriesId, ordinal), { ordinal, version, columns });
      yield columns;
    }
  }

  /** The kept chunks with which a range begins, each proven to be as it is stored now. */
  async #proven(seriesId: string, range: PricePeriod): Promise<readonly KeptChunk[]> {
    const proven: KeptChunk[] = [];
    if (this.#chunks.size === 0) return proven;
    for (const { ordinal, version } of await this.#store.versions(seriesId, range, this.#chunks.size)) {
      const key = keyOf(seriesId, ordinal);
      const kept = this.#chunks.get(key);
      if (kept?.version !== version) break;
      this.#forget(key);
      this.#add(key, kept);
      proven.push(kept);
    }
    return proven;
  }

  #keep(key: string, { ordinal, version, columns }: Omit<KeptChunk, 'bytes'>): void {
    const bytes = bytesOf(columns);
    this.#forget(key);
    this.#makeRoom(bytes);
    if (this.#bytes + bytes <= this.#mostBytes)
      this.#add(key, { ordinal, version, columns: copyOf(columns), bytes });
  }

  #makeRoom(bytes: number): void {
    for (const key of this.#chunks.keys()) {
      if (this.#bytes + bytes <= this.#mostBytes || this.#used.has(key)) return;
      this.#forget(key);
    }
  }

  #add(key: string, chunk: KeptChunk): void {
    this.#chunks.set(key, chunk);
    this.#used.add(key);
    this.#bytes += chunk.bytes;
  }

  #forget(key: string): void {
    this.#bytes -= this.#chunks.get(key)?.bytes ?? 0;
    this.#chunks.delete(key);
  }
}

function keyOf(seriesId: string, ordinal: number): string {
  return `${seriesId} ${ordinal}`;
}

function bytesOf(columns: PriceColumns): number {
  return [columns.times, ...priceColumnsOf(columns)].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Prices are decoded in the memory into which they were unpacked, which is larger than they are. */
function copyOf(columns: PriceColumns): PriceColumns {
  const prices = priceColumnsOf(columns).map((column) => column.slice());
  return assembleColumns(columns.kind, columns.times, prices);
}
