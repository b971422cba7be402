/** Whether a person may have one more account, or one more strategy on any of them. */

import { assertRoom } from '../../people/administration/person-room-store.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** Throws `limit-reached` when a person who is about to get an account has `most` that are not closed. */
export function assertRoomForAccount(db: QueryBuilder, userId: string, most: number): Promise<void> {
  return assertRoom(db, { userId, name: 'accounts', most }, async () => {
    const { count } = await db
      .selectFrom('oanda_accounts')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('user_id', '=', userId)
      .where('is_active', '=', true)
      .executeTakeFirstOrThrow();
    return count;
  });
}

/** Throws `limit-reached` when a person who is about to get a strategy has `most`, stopped ones included, on accounts that are not closed. */
export function assertRoomForStrategy(db: QueryBuilder, userId: string, most: number): Promise<void> {
  return assertRoom(db, { userId, name: 'strategies', most }, async () => {
    const { count } = await db
      .selectFrom('strategies')
      .innerJoin('oanda_accounts', 'oanda_accounts.id', 'strategies.account_id')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('oanda_accounts.user_id', '=', userId)
      .where('oanda_accounts.is_active', '=', true)
      .executeTakeFirstOrThrow();
    return count;
  });
}
