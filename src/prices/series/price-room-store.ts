/** Whether a person may store more prices: counted in bytes as they are stored, what is being imported at the moment included. */

import { assertRoom } from '../../people/administration/person-room-store.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

const MEGABYTE = 1_000_000;

/** Throws `limit-reached` when a person's own price series have `most` megabytes. Recordings, which end by themselves, and shared series do not count. */
export function assertRoomForPrices(db: QueryBuilder, userId: string, most: number): Promise<void> {
  return assertRoom(db, { userId, name: 'priceSeriesMegabytes', most }, async () => {
    const { bytes } = await db
      .selectFrom('price_chunks')
      .innerJoin('price_series', 'price_series.id', 'price_chunks.series_id')
      .select(({ fn }) =>
        fn.sum<string | null>(fn<number>('octet_length', ['price_chunks.data'])).as('bytes'),
      )
      .where('price_series.user_id', '=', userId)
      .where('price_series.account_id', 'is', null)
      .executeTakeFirstOrThrow();
    return Math.floor(Number(bytes) / MEGABYTE);
  });
}
