/** An account in numbers: as its engine sees it at this moment where it runs here, else as it was last stored. */

import { OPEN_ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { AccountFigures } from '../../core/engine/account-figures.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { PositionStore } from '../positions/position-store.ts';
import type { Accounts } from './accounts.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { LiveSummary } from './live-valuation.ts';
import type { StoredAccount } from './account-store.ts';

/** The numbers, and where they come from. */
export interface AccountSummary extends Omit<LiveSummary, 'snapshot' | 'figures'> {
  readonly account: StoredAccount;
  readonly source: 'live' | 'stored';
  readonly snapshot: AccountSnapshot | undefined;
  /** Known where the account runs. */
  readonly figures: AccountFigures | undefined;
}

/** What a summary is made from. */
export interface AccountSummarySources {
  readonly accounts: Accounts;
  readonly supervisor: AccountSupervisor;
  readonly orders: OrderStore;
  readonly positions: PositionStore;
}

/** Returns the summary of a person's account. */
export async function accountSummary(
  sources: AccountSummarySources,
  userId: string,
  accountId: string,
): Promise<AccountSummary> {
  const account = await sources.accounts.get(userId, accountId);
  const live = sources.supervisor.find(accountId);
  return live ? { account, source: 'live', ...live.valuation.summary() } : storedSummary(sources, account);
}

async function storedSummary(
  { orders, positions }: AccountSummarySources,
  account: StoredAccount,
): Promise<AccountSummary> {
  const [openOrders, openPositions] = await Promise.all([
    orders.inStatuses(account.id, OPEN_ORDER_STATUSES),
    positions.ofAccount(account.id, 'open'),
  ]);
  return {
    account,
    source: 'stored',
    snapshot: account.snapshot,
    figures: undefined,
    isHalted: account.status === 'halted',
    openOrders: openOrders.length,
    openPositions: openPositions.length,
    clockAheadMs: undefined,
  };
}
