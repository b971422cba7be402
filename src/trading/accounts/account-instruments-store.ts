/**
 * What each account can trade, kept so that it is known when the account does not run and after it was closed. A broker's set is stored
 * when it is learned; an account without one trades the built-in instruments.
 */

import { InvariantError } from '../../core/shared/assert.ts';
import { Instruments } from '../../core/domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import type { Instrument, PricePrecision } from '../../core/domain/instrument.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

export class AccountInstrumentsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** What the account can trade, as its broker stated it the last time. */
  async find(accountId: string): Promise<Instruments> {
    const rows = await selectInstruments(queryBuilder(this.#orm), accountId).execute();
    if (rows.length === 0) return PAPER_INSTRUMENTS;
    return new Instruments(rows.filter(({ is_offered: isOffered }) => isOffered).map(toInstrument));
  }

  /**
   * Stores what the account's broker offers; the built-in set is not stored. InvariantError when the prices of an instrument have
   * another number of digits than before: the account's log counts in points, so what it says would change its meaning.
   */
  async learn(accountId: string, instruments: Instruments): Promise<void> {
    if (instruments === PAPER_INSTRUMENTS) return;
    await inTransaction(this.#orm, async (db) => {
      const known = (await selectInstruments(db, accountId).forUpdate().execute()).map(toInstrument);
      for (const instrument of known) refuseOtherPrecision(instrument, instruments.find(instrument.name));
      await db
        .insertInto('account_instruments')
        .values(instruments.list.map((instrument) => instrumentRow(accountId, instrument)))
        .onConflict((conflict) =>
          conflict.columns(['account_id', 'name']).doUpdateSet((eb) => ({
            specification: eb.ref('excluded.specification'),
            is_offered: true,
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .execute();
      await db
        .updateTable('account_instruments')
        .set({ is_offered: false, updated_at: new Date() })
        .where('account_id', '=', accountId)
        .where(
          'name',
          'not in',
          instruments.list.map(({ name }) => name),
        )
        .execute();
    });
  }
}

function selectInstruments(db: QueryBuilder, accountId: string) {
  return db
    .selectFrom('account_instruments')
    .select(['specification', 'is_offered'])
    .where('account_id', '=', accountId)
    .orderBy('name');
}

function instrumentRow(accountId: string, instrument: Instrument) {
  return {
    account_id: accountId,
    name: instrument.name,
    price_precision: instrument.pricePrecision,
    specification: { ...instrument },
    updated_at: new Date(),
  };
}

function toInstrument(row: { readonly specification: unknown }): Instrument {
  // `learn` is the only writer.
  return row.specification as Instrument;
}

function refuseOtherPrecision(known: Instrument, stated: Instrument | undefined): void {
  if (stated === undefined || stated.pricePrecision === known.pricePrecision) return;
  throw new InvariantError(
    `prices of ${known.name} with ${known.pricePrecision} decimal places were expected, were stated with ` +
      `${stated.pricePrecision}: close the account here and connect it again, so that its log begins with the new ones`,
  );
}

/** Returns the price precision of a row that was read together with its account's instruments. */
export function pricePrecisionOf(row: {
  readonly instrument: string;
  readonly price_precision: number | null;
}): PricePrecision {
  const { price_precision: learned, instrument } = row;
  return { pricePrecision: learned ?? PAPER_INSTRUMENTS.named(instrument).pricePrecision };
}
