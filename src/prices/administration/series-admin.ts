/** What administrators do about the price series of everyone. Each change is an entry of the owner's journal, and says who made it. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../../people/security-journal.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { Administrator, Journal } from '../../people/security-journal.ts';
import type { AdministeredSeries, SeriesAdminStore } from './series-admin-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

export interface SeriesAdminDependencies {
  readonly store: SeriesAdminStore;
  readonly journal: Journal;
}

/** The administration of price series. */
export class SeriesAdmin {
  readonly #store: SeriesAdminStore;
  readonly #journal: Journal;

  constructor({ store, journal }: SeriesAdminDependencies) {
    this.#store = store;
    this.#journal = journal;
  }

  /** A page of the series, newest first. */
  list(search: string | undefined, page: PageRequest): Promise<readonly AdministeredSeries[]> {
    return this.#store.list(search, page);
  }

  /** Throws `not-found` when there is no such series. */
  async get(seriesId: string): Promise<AdministeredSeries> {
    const series = await this.#store.find(seriesId);
    if (!series) throw notFound();
    return series;
  }

  /** Gives a series another source, by which people recognise it, and returns it. */
  async rename(
    seriesId: string,
    source: string,
    by: Administrator,
    precondition?: Precondition<AdministeredSeries>,
  ): Promise<AdministeredSeries> {
    const before = await this.get(seriesId);
    precondition?.(before);
    if (before.source === source) return before;
    if (!(await this.#store.rename(seriesId, source, precondition))) throw notFound();
    await this.#record(before, by, {
      type: 'price-series-renamed',
      description: 'An administrator renamed a price series.',
      details: { from: before.source, to: source },
    });
    return this.get(seriesId);
  }

  /** Removes a series of anyone with its prices; an import into it ends. Throws `conflict` when a backtest runs or ran on it. */
  async delete(seriesId: string, by: Administrator): Promise<AdministeredSeries> {
    const series = await this.get(seriesId);
    const outcome = await this.#store.delete(seriesId);
    if (outcome === 'not-found') throw notFound();
    if (outcome === 'in-use')
      throw new Problem(
        'conflict',
        'A backtest runs or ran on the series and must stay repeatable; its owner can delete the backtest first.',
        { code: 'series-in-use' },
      );
    await this.#record(series, by, {
      type: 'price-series-deleted',
      description: 'An administrator deleted a price series.',
      details: { source: series.source, rows: series.rows },
    });
    return series;
  }

  #record(
    { id, userId, instrument }: AdministeredSeries,
    by: Administrator,
    fact: { readonly type: string; readonly description: string; readonly details: object },
  ): Promise<void> {
    const details = { seriesId: id, instrument, ...fact.details, administratorId: by.userId ?? null };
    // A shared series belongs to no one: then it is the entry of who changed it.
    return this.#journal.record(adminFact(by, { ...fact, userId: userId ?? by.userId, details }));
  }
}

function notFound(): Problem {
  return new Problem('not-found', 'There is no such price series.');
}
