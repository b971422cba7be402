/** What tests of trading ask of a running server, and what must hold of an account whatever happened to the server. */
import { expect } from 'vitest';
import { ORDER_STATUSES } from '../../src/core/domain/order-lifecycle.ts';
import { AccountStore } from '../../src/trading/accounts/account-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { OrderStore } from '../../src/trading/orders/order-store.ts';
import { PositionStore } from '../../src/trading/positions/position-store.ts';
import { ProjectionStore } from '../../src/trading/projection-store.ts';
import { TradeStore } from '../../src/trading/trades/trade-store.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { quiet } from './quiet-log.ts';
import { until } from './until.ts';
import { ACCOUNT, TOKEN } from './v20-simulator.ts';
import type { RebuildReport } from '../../src/trading/accounts/verify-account.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';
import type { StoredOrder } from '../../src/trading/orders/order-store.ts';
import type { ApiClient } from './api-client.ts';

/** A strategy to configure. */
export interface WantedStrategy {
  readonly strategyType: string;
  readonly instrument: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Ten minutes of the market a second, a price every half minute: M1 candles close ten times a second. */
export const FAST_MARKET = 'synthetic?seed=5&speed=600&start=2026-01-05T00:00:00Z&interval=50';

/** Strategies that act after a few candles. */
export const QUICK_STRATEGIES: readonly WantedStrategy[] = [
  {
    strategyType: 'ema_cross',
    instrument: 'GBP_USD',
    parameters: { granularity: 'M1', fast: 1, slow: 2 },
  },
  {
    strategyType: 'donchian_breakout',
    instrument: 'USD_CAD',
    parameters: { granularity: 'M1', lookback: 5, exitLookback: 2, atrStop: 0 },
  },
];

/** A strategy that acts at nearly every turn of the price of EUR_USD. */
export const QUICK_CROSS: WantedStrategy = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 1, slow: 2 },
};

/** Makes a paper account of 100,000 dollars and returns its id. */
export async function createAccount(person: ApiClient): Promise<string> {
  const body = { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '100000' };
  return (await person.post<{ id: string }>('/accounts', { body })).id;
}

/** Connects the account at the simulator and returns its id. */
export async function connectAccount(person: ApiClient): Promise<string> {
  const body = { name: 'Practice', environment: 'practice', token: TOKEN, brokerAccountId: ACCOUNT };
  return (await person.post<{ id: string }>('/accounts', { body })).id;
}

/** Configures a strategy, starts it, and returns its id. */
export async function startStrategy(
  person: ApiClient,
  accountId: string,
  wanted: WantedStrategy,
): Promise<string> {
  const name = `${wanted.strategyType} on ${wanted.instrument}`;
  const { id } = await person.post<{ id: string }>('/strategies', { body: { ...wanted, accountId, name } });
  const { status } = await person.post<{ status: string }>(`/strategies/${id}/start`);
  expect(status).toBe('running');
  return id;
}

/** Expects a strategy to be running and to place more orders. */
export async function expectToTradeOn(person: ApiClient, strategyId: string): Promise<void> {
  expect(await person.get(`/strategies/${strategyId}`)).toMatchObject({ status: 'running' });
  const newest = async (): Promise<string | undefined> => {
    const path = `/orders?strategyId=${strategyId}&limit=1`;
    return (await person.get<{ items: readonly { id: string }[] }>(path)).items[0]?.id;
  };
  const before = await newest();
  await until('the strategy trades on', async () => (await newest()) !== before);
}

/** What an account's log and tables hold. */
export interface AccountAudit {
  readonly log: readonly Transaction[];
  readonly orders: readonly StoredOrder[];
  readonly report: RebuildReport;
}

/**
 * Checks what must always hold for an account that no process runs at the moment: its log is without gaps and has each of our orders at
 * most once, its tables are the log's projection, its money is the sum of what was booked, what is open is what was filled and not
 * closed, and no order's fate is unknown.
 */
export async function auditAccount(databaseUrl: string, accountId: string): Promise<AccountAudit> {
  const orm = openOrm({ databaseUrl, log: quiet });
  const accounts = new AccountStore(orm);
  const orders = new OrderStore(orm);
  const positions = new PositionStore(orm);
  const projections = new ProjectionStore(orm);
  try {
    const log = await projections.logOf(accountId);
    const stores = { accounts, orders, positions, projections, trades: new TradeStore(orm) };
    const report = await checkAccount(stores, accountId);
    expect(report.differences).toEqual([]);
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
    expectEachOrderOnce(log);
    expect((await accounts.find(accountId))?.snapshot?.balance).toBe(sumOfBookings(log));
    expect(await openUnitsInTable(positions, accountId)).toEqual(openUnitsInLog(log));
    const rows = await orders.inStatuses(accountId, ORDER_STATUSES);
    expect(rows.filter(({ status }) => status === 'submitted')).toEqual([]);
    return { log, orders: rows, report };
  } finally {
    await orm.close();
  }
}

/** Returns the ids of our orders that the broker made, one for each time it made one. */
export function createdOrderIds(log: readonly Transaction[]): string[] {
  return log.flatMap((entry) =>
    entry.type === 'order-created' && entry.clientOrderId !== undefined ? [entry.clientOrderId] : [],
  );
}

function expectEachOrderOnce(log: readonly Transaction[]): void {
  const ids = createdOrderIds(log);
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  expect(repeated, 'orders that the broker made twice').toEqual([]);
  // The second of two under one id would be taken for another program's.
  const foreign = log.filter(
    (entry) =>
      entry.type === 'order-created' &&
      (entry.reason === 'client' || entry.reason === 'close') &&
      entry.clientOrderId === undefined,
  );
  expect(foreign, 'orders that we did not send').toEqual([]);
}

function sumOfBookings(log: readonly Transaction[]): number {
  let sum = 0;
  for (const entry of log) {
    if (entry.type === 'funds-transferred') sum += entry.amount;
    if (entry.type === 'financing-charged' || entry.type === 'dividend-adjusted') sum += entry.amount;
    if (entry.type !== 'order-filled') continue;
    for (const { realizedPnl, financing } of entry.closed) sum += realizedPnl + financing;
    sum -= entry.commission;
  }
  return sum;
}

type OpenUnits = Readonly<Record<string, number>>;

function openUnitsInLog(log: readonly Transaction[]): OpenUnits {
  const units = new Map<number, number>();
  for (const entry of log) {
    if (entry.type !== 'order-filled') continue;
    if (entry.openedUnits > 0) units.set(entry.id, entry.openedUnits);
    for (const lot of entry.closed)
      units.set(lot.brokerPositionId, (units.get(lot.brokerPositionId) ?? 0) - lot.units);
  }
  return Object.fromEntries([...units].filter(([, open]) => open !== 0));
}

async function openUnitsInTable(positions: PositionStore, accountId: string): Promise<OpenUnits> {
  const open = await positions.ofAccount(accountId, 'open');
  return Object.fromEntries(open.map(({ brokerPositionId, openUnits }) => [brokerPositionId, openUnits]));
}

/** The orders of a strategy that were to open a position: none that closes what another order opened. */
export async function entriesOf(person: ApiClient, strategyId: string): Promise<readonly { id: string }[]> {
  const ofStrategy = `strategyId=${strategyId}`;
  const orders = await person.all<{ id: string; positionId: string | null }>(`/orders?${ofStrategy}`);
  const positions = await person.all<{ id: string; openingOrderId: string | null }>(
    `/positions?${ofStrategy}`,
  );
  const openedBy = new Map(positions.map(({ id, openingOrderId }) => [id, openingOrderId]));
  return orders.filter(({ id, positionId }) => positionId === null || openedBy.get(positionId) === id);
}
