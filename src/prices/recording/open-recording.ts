/** The newest quotes of one instrument on one account, until they are stored. */

import { LONGEST_BATCH_ROWS } from '../series/price-columns.ts';
import { encodeColumns } from '../series/price-codec.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { PriceChunk } from '../series/price-chunks.ts';

/** Why quotes are missing between two that are stored. */
export type GapReason = 'not-recorded' | 'connection-lost' | 'not-stored';

/** Quotes are missing before the one that came at `until` (UTC ms). The time of the last one before is undefined where only the series knows it. */
export interface SeenGap {
  readonly from: number | undefined;
  readonly until: number;
  readonly reason: GapReason;
}

/** A chunk is stored again with each batch while it grows: a small one costs little, and thousands of quotes pack well. */
const FULL_CHUNK_ROWS = 2_000;

/** Gathers quotes into one chunk that grows. */
export class OpenRecording {
  /** The ordinal of the chunk once a part of it is stored. */
  ordinal: number | undefined;
  #times: number[] = [];
  #bids: number[] = [];
  #asks: number[] = [];
  #storedRows = 0;
  #lastAt: number | undefined;
  #gaps: SeenGap[] = [];
  /** Why the next quote does not follow the last one. */
  #missing: GapReason | undefined = 'not-recorded';

  /** Whether there is anything to store. */
  get isChanged(): boolean {
    return this.#times.length > this.#storedRows;
  }

  /** Adds a quote; one that is older than the last came late and is left out. When too many wait to be stored, none is added. */
  add({ at, bid, ask }: Quote): void {
    if (this.#lastAt !== undefined && at < this.#lastAt) return;
    if (this.#times.length >= LONGEST_BATCH_ROWS) return this.interrupt('not-stored');
    if (this.#missing !== undefined)
      this.#gaps.push({ from: this.#lastAt, until: at, reason: this.#missing });
    this.#missing = undefined;
    this.#lastAt = at;
    this.#times.push(at);
    this.#bids.push(bid);
    this.#asks.push(ask);
  }

  /** Notes that quotes may be missing from now on, until the next one. */
  interrupt(reason: GapReason): void {
    this.#missing ??= reason;
  }

  /** Returns the chunk so far and the gaps in it; at least one quote must be there. */
  take(): { readonly chunk: PriceChunk; readonly gaps: readonly SeenGap[] } {
    const times = Float64Array.from(this.#times);
    const columns = {
      kind: 'quotes',
      times,
      bid: Int32Array.from(this.#bids),
      ask: Int32Array.from(this.#asks),
    } as const;
    const [startsAt = 0, endsAt = 0] = [times[0], times.at(-1)];
    return {
      chunk: { startsAt, endsAt, rows: times.length, data: encodeColumns(columns) },
      gaps: this.#gaps,
    };
  }

  /** Notes that what was taken is stored; quotes may have come meanwhile. A full chunk is followed by another one. */
  stored({ chunk: { rows }, gaps }: ReturnType<OpenRecording['take']>, ordinal: number): void {
    this.#gaps = this.#gaps.slice(gaps.length);
    this.ordinal = ordinal;
    this.#storedRows = rows;
    if (rows < FULL_CHUNK_ROWS) return;
    this.#times = this.#times.slice(rows);
    this.#bids = this.#bids.slice(rows);
    this.#asks = this.#asks.slice(rows);
    this.#storedRows = 0;
    this.ordinal = undefined;
  }

  /** Begins again without what waits: it does not follow what the series has. */
  drop(): void {
    this.#times = [];
    this.#bids = [];
    this.#asks = [];
    this.#gaps = [];
    this.#storedRows = 0;
    this.#lastAt = undefined;
    this.ordinal = undefined;
    this.#missing = 'not-stored';
  }
}
