/** Price histories: imported from files, listed, and removed by their owners. */

import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { instrumentFrom } from '../market-input.ts';
import { ImportPlaces } from '../import/import-places.ts';
import { readPriceFile } from '../import/read-price-file.ts';
import type { PriceFileTaker } from '../import/read-price-file.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import type { BadRowCount } from '../import/bad-rows.ts';
import type { PriceSeriesStore, StoredPriceSeries } from './price-series-store.ts';

/** A file to be imported. Without an owner the series is shared by all users. */
export interface ImportRequest {
  readonly id: string;
  readonly userId: string | undefined;
  readonly instrument: string;
  /** Where the prices came from: the file's name. */
  readonly source: string;
  /** Leave bad rows out instead of refusing the file because of them. */
  readonly skipBad: boolean;
  /** The SHA-256 of the file, in hex, once it was read to its end; of a repetition it is compared with that of the first. */
  readonly digest?: () => string | undefined;
}

/** A series that was imported, and what was left out of it. */
export interface ImportedSeries {
  readonly series: StoredPriceSeries;
  readonly badKinds: readonly BadRowCount[];
}

/** No import takes as long: a slow sender is cut off sooner, and so is a file that is too much work. */
const UNFINISHED_AFTER_MS = 60 * 60_000;

/** Price histories of people. Every method refuses what is not the person's to use with `not-found`. */
export class PriceSeries {
  readonly #store: PriceSeriesStore;
  readonly #places: ImportPlaces;
  readonly #limits: PersonLimitSource | undefined;

  /** `limits` are of people's own series; the operator's are shared and have none. `places` are others than the usual ones. */
  constructor({
    store,
    limits,
    places = new ImportPlaces(),
  }: {
    readonly store: PriceSeriesStore;
    readonly limits?: PersonLimitSource;
    readonly places?: ImportPlaces;
  }) {
    this.#store = store;
    this.#places = places;
    this.#limits = limits;
  }

  /**
   * Imports a price file, gzipped or not, all or nothing: when the file is refused or breaks off, nothing was stored.
   * A repeated request finds the series it made; the problem `idempotency-conflict` when its file is another one.
   */
  async import(
    request: ImportRequest,
    bytes: AsyncIterable<Uint8Array>,
    onBytes?: (bytes: number) => void,
  ): Promise<ImportedSeries> {
    instrumentFrom(
      PAPER_INSTRUMENTS,
      request.instrument,
      '/instrument',
      `There is no instrument ${request.instrument}.`,
    );
    const earlier = await this.#store.find(request.id);
    if (earlier && earlier.userId === request.userId) {
      for await (const _ of bytes) continue;
      assertSameFile(earlier, request);
      return { series: earlier, badKinds: [] };
    }
    const place = this.#places.take(request.userId);
    try {
      return await this.#import(request, bytes, { onBytes, patience: place.patience });
    } finally {
      this.#places.release(place);
    }
  }

  /** Removes what imports left behind whose process was killed, and returns how many there were. */
  removeExpired(): Promise<number> {
    return this.#store.removeUnfinished(Date.now() - UNFINISHED_AFTER_MS);
  }

  /** The series, if it is the person's own or shared. */
  async get(userId: string, seriesId: string): Promise<StoredPriceSeries> {
    const series = await this.#store.findFor(userId, seriesId);
    if (!series) throw notFound();
    return series;
  }

  /** Removes a person's own series with its prices, unless a backtest ran on it. */
  async remove(userId: string, seriesId: string): Promise<void> {
    const { userId: ownerId } = await this.get(userId, seriesId);
    if (ownerId === undefined)
      throw new Problem('forbidden', 'The series is shared; only the operator can remove it.');
    const outcome = await this.#store.deleteOf(userId, seriesId);
    if (outcome === 'not-found') throw notFound();
    if (outcome === 'in-use') {
      throw new Problem(
        'conflict',
        'A backtest ran on the series and must stay repeatable; delete the backtest first.',
      );
    }
  }

  async #import(
    request: ImportRequest,
    bytes: AsyncIterable<Uint8Array>,
    taker: Omit<PriceFileTaker, 'storeChunk'>,
  ): Promise<ImportedSeries> {
    let badKinds: readonly BadRowCount[] = [];
    const most = (await this.#limits?.mostOf('priceSeriesMegabytes')) ?? Infinity;
    const series = await this.#store.import(request, most, async (storeChunk) => {
      const end = await readPriceFile(
        bytes,
        { instrument: request.instrument, skipBad: request.skipBad },
        { storeChunk, ...taker },
      );
      badKinds = end.badKinds;
      const skippedRows = badKinds.reduce((sum, { count }) => sum + count, 0);
      return { kind: end.kind, granularity: end.granularity, skippedRows, fileDigest: request.digest?.() };
    });
    // Another request may have stored it meanwhile.
    assertSameFile(series, request);
    return { series, badKinds };
  }
}

/** Of a series that was imported before digests were kept nothing is known. */
function assertSameFile({ fileDigest }: StoredPriceSeries, { digest }: ImportRequest): void {
  if (fileDigest !== undefined && digest && digest() !== fileDigest)
    throw new Problem('idempotency-conflict', 'The Idempotency-Key was used with another file.');
}

function notFound(): Problem {
  return new Problem('not-found', 'You have no price series with this id.');
}
