/** An account in numbers: as its engine sees it at this moment where it runs here, else as it was last stored. */

import { isOrderOpen, ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { PositionStore } from '../positions/position-store.ts';
import type { Accounts } from './accounts.ts';
import type { Traders } from '../account-supervisor.ts';
import type { StoredAccount } from './account-store.ts';

const OPEN_STATUSES = ORDER_STATUSES.filter(isOrderOpen);

/** The numbers, and where they come from. */
export interface AccountSummary {
  readonly account: StoredAccount;
  readonly source: 'live' | 'stored';
  readonly snapshot: AccountSnapshot | undefined;
  /** Whether new exposure is denied; a rule may halt until the next trading day. */
  readonly isHalted: boolean;
  readonly openOrders: number;
  readonly openPositions: number;
}

/** What a summary is made from. */
export interface AccountSummarySources {
  readonly accounts: Accounts;
  readonly traders: Traders;
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
  const engine = sources.traders.find(accountId)?.trader.engine;
  if (!engine) return storedSummary(sources, account);
  const { ledger, isHalted } = engine;
  return {
    account,
    source: 'live',
    snapshot: engine.snapshot(),
    isHalted,
    openOrders: ledger.openOrders.size,
    openPositions: ledger.openPositions.size,
  };
}

async function storedSummary(
  { orders, positions }: AccountSummarySources,
  account: StoredAccount,
): Promise<AccountSummary> {
  const [openOrders, openPositions] = await Promise.all([
    orders.inStatuses(account.id, OPEN_STATUSES),
    positions.ofAccount(account.id, 'open'),
  ]);
  return {
    account,
    source: 'stored',
    snapshot: account.snapshot,
    isHalted: account.status === 'halted',
    openOrders: openOrders.length,
    openPositions: openPositions.length,
  };
}
