/** Pages of orders, as the JSON that people are answered with. */

import { datesOf } from '../../persistence/column-values.ts';
import { asJson } from '../../persistence/json-query.ts';
import { PreparedList } from '../../persistence/prepared-list.ts';
import { ORDER_FIELDS } from './order-view.ts';
import { selectNewestOrders } from './order-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { JsonRow, PageRequest } from '../../persistence/page.ts';
import type { ShownOrder } from './order-view.ts';
import type { OrderFilter, OrderFilters } from './order-store.ts';

export class OrderPageStore {
  readonly #list: PreparedList<OrderFilters, JsonRow<ShownOrder>>;

  constructor(orm: Orm) {
    this.#list = new PreparedList({
      orm,
      select: (db, filters) => asJson(selectNewestOrders(db, filters), ORDER_FIELDS),
    });
  }

  /** A page of a user's orders, newest first, each as {@link ORDER_FIELDS} show it. */
  listOf(
    userId: string,
    { created, ...filter }: OrderFilter,
    page: PageRequest,
  ): Promise<readonly JsonRow<ShownOrder>[]> {
    return this.#list.read({ userId, ...filter, ...datesOf(created), ...page });
  }
}
