/** An account that trades while it is looked at: its log and its tables are read one after the other, and entries come in between. */
import { expect } from 'vitest';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import type { RebuildDependencies } from '../../src/trading/accounts/verify-account.ts';

/** Waits until the tables are what the account's log projects to. */
export async function untilTablesFollowLog(stores: RebuildDependencies, accountId: string): Promise<void> {
  await expect.poll(async () => (await checkAccount(stores, accountId)).differences).toEqual([]);
}
