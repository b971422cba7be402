/** An account as a screen shows it: everything that is open, and then the rows that journal entries say have changed. */

import { OPEN_ORDER_STATUSES } from '../core/domain/order-lifecycle.ts';
import { Problem } from '../core/shared/problem.ts';
import { accountView } from './accounts/account-view.ts';
import { orderView } from './orders/order-view.ts';
import { valueOfPosition } from './positions/position-values.ts';
import { positionView } from './positions/position-view.ts';
import { tradeView } from './trades/trade-view.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { AccountInstrumentsStore } from './accounts/account-instruments-store.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { StoredJournalEntry } from '../journal/journal-store.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { RunningAccounts } from './positions/position-values.ts';
import type { PositionStore, StoredPosition } from './positions/position-store.ts';
import type { TradeStore } from './trades/trade-store.ts';

/** Rows as people see them. */
export interface AccountRows {
  readonly account: ReturnType<typeof accountView>;
  readonly orders: readonly ReturnType<typeof orderView>[];
  readonly positions: readonly ReturnType<typeof positionView>[];
  readonly trades: readonly ReturnType<typeof tradeView>[];
}

/** The stores that rows are read from. */
export interface TradingViewsDependencies {
  readonly accounts: AccountStore;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly orders: OrderStore;
  readonly positions: PositionStore;
  readonly trades: TradeStore;
}

/** The rows that entries name. A row that is named many times is read once. */
export class ChangedRows {
  readonly orderIds = new Set<string>();
  readonly positionIds = new Set<string>();
  readonly tradeIds = new Set<string>();

  /** How many rows are to be read. */
  get size(): number {
    return this.orderIds.size + this.positionIds.size + this.tradeIds.size;
  }

  /** Notes the rows that an entry names. */
  add({ details }: StoredJournalEntry): void {
    note(this.orderIds, details?.['orderId']);
    note(this.positionIds, details?.['positionId']);
    note(this.positionIds, details?.['positionIds']);
    note(this.tradeIds, details?.['tradeId']);
  }
}

/** Accounts of people with what happens on them. */
export class TradingViews {
  readonly #stores: TradingViewsDependencies;
  readonly #running: RunningAccounts;

  constructor(stores: TradingViewsDependencies, running: RunningAccounts) {
    this.#stores = stores;
    this.#running = running;
  }

  /** Refuses with `not-found` an account that is not the person's. */
  async assertOwned(userId: string, accountId: string): Promise<void> {
    if (await this.#stores.accounts.findOf(userId, accountId)) return;
    throw new Problem('not-found', 'You have no account with this id.');
  }

  /** What the account can trade; refuses as {@link assertOwned}. */
  async instrumentsOf(userId: string, accountId: string): Promise<Instruments> {
    await this.assertOwned(userId, accountId);
    return this.#stores.accountInstruments.find(accountId);
  }

  /** The account with its open orders and open positions, or undefined when it is gone. */
  async openRowsOf(accountId: string): Promise<AccountRows | undefined> {
    const { accounts, orders, positions } = this.#stores;
    const [account, openOrders, openPositions] = await Promise.all([
      accounts.find(accountId),
      orders.inStatuses(accountId, OPEN_ORDER_STATUSES),
      positions.ofAccount(accountId, 'open'),
    ]);
    return (
      account && {
        account: accountView(account),
        orders: openOrders.map(orderView),
        positions: openPositions.map((position) => this.#positionView(position)),
        trades: [],
      }
    );
  }

  /** The account with rows of it that changed, as they are now; undefined when it is gone. */
  async changedRowsOf(accountId: string, changed: ChangedRows): Promise<AccountRows | undefined> {
    const stores = this.#stores;
    const [account, orders, positions, trades] = await Promise.all([
      stores.accounts.find(accountId),
      stores.orders.findAll([...changed.orderIds]),
      stores.positions.findAll([...changed.positionIds]),
      stores.trades.findAll([...changed.tradeIds]),
    ]);
    // What an entry names was recorded with it, on the same account; a row of another account belongs to another user.
    const isOfAccount = (row: { readonly accountId: string }): boolean => row.accountId === accountId;
    return (
      account && {
        account: accountView(account),
        orders: orders.filter(isOfAccount).map(orderView),
        positions: positions.filter(isOfAccount).map((position) => this.#positionView(position)),
        trades: trades.filter(isOfAccount).map(tradeView),
      }
    );
  }

  #positionView(position: StoredPosition): ReturnType<typeof positionView> {
    return positionView(position, valueOfPosition(this.#running, position));
  }
}

function note(ids: Set<string>, named: unknown): void {
  for (const id of Array.isArray(named) ? named : [named]) if (typeof id === 'string') ids.add(id);
}
