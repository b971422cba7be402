/** An account whose copy of the server crashes. */
import type { TestServer } from './test-server.ts';

/** Ends an account so that nothing that the running server does with it is written from this moment on. */
export async function crashAccount(
  { supervisor, database }: Pick<TestServer, 'supervisor' | 'database'>,
  accountId: string,
): Promise<void> {
  const live = supervisor.find(accountId);
  await database
    .updateTable('oanda_accounts')
    .set((eb) => ({ owner_epoch: eb('owner_epoch', '+', 1) }))
    .where('id', '=', accountId)
    .execute();
  void live?.abandon();
  await supervisor.dismiss(accountId).catch(() => undefined);
}
