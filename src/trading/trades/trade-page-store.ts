/** Pages of trades, as the JSON that people are answered with. */

import { datesOf } from '../../persistence/column-values.ts';
import { asJson } from '../../persistence/json-query.ts';
import { PreparedList } from '../../persistence/prepared-list.ts';
import { TRADE_FIELDS } from './trade-view.ts';
import { selectNewestTrades } from './trade-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { JsonRow, PageRequest } from '../../persistence/page.ts';
import type { ShownTrade } from './trade-view.ts';
import type { TradeFilter, TradeFilters } from './trade-store.ts';

export class TradePageStore {
  readonly #list: PreparedList<TradeFilters, JsonRow<ShownTrade>>;

  constructor(orm: Orm) {
    this.#list = new PreparedList({
      orm,
      select: (db, filters) => asJson(selectNewestTrades(db, filters), TRADE_FIELDS),
    });
  }

  /** A page of a user's trades, newest first, each as {@link TRADE_FIELDS} show it. */
  listOf(
    userId: string,
    { closed, ...filter }: TradeFilter,
    page: PageRequest,
  ): Promise<readonly JsonRow<ShownTrade>[]> {
    return this.#list.read({ userId, ...filter, ...datesOf(closed), ...page });
  }
}
