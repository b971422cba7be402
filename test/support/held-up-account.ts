/** An account that the database holds up. */
import type { TestServer } from './test-server.ts';

/** Locks the account's row, so that nothing can be recorded; call the result to end that. */
export async function holdUp(
  { database }: Pick<TestServer, 'database'>,
  accountId: string,
): Promise<() => Promise<void>> {
  const blocked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const block = database.transaction().execute(async (db) => {
    await db.selectFrom('oanda_accounts').select('id').where('id', '=', accountId).forUpdate().execute();
    blocked.resolve();
    await released.promise;
  });
  await blocked.promise;
  return async () => {
    released.resolve();
    await block;
  };
}
