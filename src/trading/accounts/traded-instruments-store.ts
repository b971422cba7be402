/** What accounts trade at the moment: for whom quotes are recorded. */

import { neededConversions } from '../../core/backtest/backtest-instruments.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { OPEN_ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import { ACTIVE_STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { RecordedInstruments } from '../../prices/recording/quote-recorder.ts';

export class TradedInstrumentsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * The accounts that record quotes, each with the instruments of its active strategies, open positions and open orders, and the pairs that
   * convert their results. An instrument that prices cannot be stored of is left out.
   */
  async toRecord(): Promise<readonly RecordedInstruments[]> {
    const db = queryBuilder(this.#orm);
    const rows = await db
      .selectFrom('oanda_accounts')
      .innerJoin(
        db
          .selectFrom('strategies')
          .select(['account_id', 'instrument'])
          .where('status', 'in', ACTIVE_STRATEGY_STATUSES)
          .union(
            db.selectFrom('positions').select(['account_id', 'instrument']).where('closed_at', 'is', null),
          )
          .union(
            db
              .selectFrom('orders')
              .select(['account_id', 'instrument'])
              .where('status', 'in', OPEN_ORDER_STATUSES),
          )
          .as('traded'),
        'traded.account_id',
        'oanda_accounts.id',
      )
      .select(['oanda_accounts.id', 'oanda_accounts.user_id', 'oanda_accounts.currency', 'traded.instrument'])
      .where('oanda_accounts.is_active', '=', true)
      .where('oanda_accounts.record_quotes', '=', true)
      .execute();
    return [...Map.groupBy(rows, ({ id }) => id)].map(([accountId, traded]) => {
      const names = traded.map(({ instrument }) => instrument).filter((name) => PAPER_INSTRUMENTS.find(name));
      const [{ user_id: userId, currency } = { user_id: '', currency: '' }] = traded;
      const converting = neededConversions(names, currency).flatMap(({ ways }) => ways[0] ?? []);
      return { accountId, userId, instruments: new Set([...names, ...converting]) };
    });
  }
}
