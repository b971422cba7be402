/** The history of equity as stored. */

import { equityStepStart, STORED_EQUITY_RESOLUTIONS } from '../../core/domain/equity-point.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { moneyFrom } from '../../persistence/column-values.ts';
import { queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { EquityPoint, StoredEquityResolution } from '../../core/domain/equity-point.ts';
import type { Orm } from '../../persistence/orm.ts';

/** The money of an account at one moment. */
export interface SeenEquity {
  readonly accountId: string;
  readonly snapshot: Pick<AccountSnapshot, 'at' | 'balance' | 'nav'>;
}

/** Points of an account: from `from` on and before `until`, in UTC ms. */
export interface EquityRange {
  readonly accountId: string;
  readonly resolution: StoredEquityResolution;
  readonly from: number;
  readonly until: number;
}

export class EquityStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores what was seen as the newest value of its minute and of its hour; at least one account must be named. */
  async record(seen: readonly SeenEquity[]): Promise<void> {
    const rows = seen.flatMap(({ accountId, snapshot: { at, balance, nav } }) =>
      STORED_EQUITY_RESOLUTIONS.map((resolution) => ({
        account_id: accountId,
        resolution,
        at: new Date(equityStepStart(resolution, at)),
        balance: formatMoney(balance),
        nav: formatMoney(nav),
      })),
    );
    await queryBuilder(this.#orm)
      .insertInto('equity_points')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['account_id', 'resolution', 'at']).doUpdateSet((eb) => ({
          balance: eb.ref('excluded.balance'),
          nav: eb.ref('excluded.nav'),
        })),
      )
      .execute();
  }

  /** The points of a range, oldest first. */
  async find({ accountId, resolution, from, until }: EquityRange): Promise<readonly EquityPoint[]> {
    const rows = await readBuilder(this.#orm)
      .selectFrom('equity_points')
      .select(['at', 'balance', 'nav'])
      .where('account_id', '=', accountId)
      .where('resolution', '=', resolution)
      .where('at', '>=', new Date(from))
      .where('at', '<', new Date(until))
      .orderBy('at')
      .execute();
    return rows.map((row) => ({
      at: row.at.getTime(),
      balance: moneyFrom(row.balance),
      nav: moneyFrom(row.nav),
    }));
  }

  /** The start of the newest minute that has a point (UTC ms); undefined when there is none. */
  async newestAt(accountId: string): Promise<number | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('equity_points')
      .select('at')
      .where('account_id', '=', accountId)
      .where('resolution', '=', 'M1')
      .orderBy('at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.at.getTime();
  }

  /** Removes the minutes of an account that are so much older (ms) than its newest one, and returns how many; its hours stay. */
  async removeOldMinutes(accountId: string, keptMs: number): Promise<number> {
    const newestAt = await this.newestAt(accountId);
    if (newestAt === undefined) return 0;
    const removed = await queryBuilder(this.#orm)
      .deleteFrom('equity_points')
      .where('account_id', '=', accountId)
      .where('resolution', '=', 'M1')
      .where('at', '<', new Date(newestAt - keptMs))
      .executeTakeFirst();
    return Number(removed.numDeletedRows);
  }

  /** The accounts that are there, closed ones too. */
  async accountIds(): Promise<readonly string[]> {
    const rows = await queryBuilder(this.#orm).selectFrom('oanda_accounts').select('id').execute();
    return rows.map(({ id }) => id);
  }
}
