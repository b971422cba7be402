/** Compares all that the API says of the account with all that the broker says. */
import { ordersOf } from './broker-record.ts';
import { compareMoney, comparePositions, compareTrades } from './compare-account.ts';
import { compareOrders, compareRequests } from './compare-orders.ts';
import type { BookingRow, PositionRow, TradeRow } from './compare-account.ts';
import type { OrderRow } from './compare-orders.ts';
import type { SimulatorControl } from './simulator-control.ts';
import type { Trader } from './trader.ts';

/** The market moves: both are read again when something happened at the broker in between. */
const ROUNDS = 20;

/** Returns each difference as a line. */
export async function compareAll(trader: Trader, simulator: SimulatorControl): Promise<readonly string[]> {
  let differences: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await simulator.account();
    differences = await compareOnce(trader, simulator);
    const after = await simulator.account();
    if (differences.length === 0 || after.lastTransactionID === before.lastTransactionID) return differences;
  }
  return differences;
}

async function compareOnce(trader: Trader, simulator: SimulatorControl): Promise<readonly string[]> {
  const ofAccount = `accountId=${trader.accountId}`;
  const [orders, positions, trades, ledger, summary] = await Promise.all([
    trader.readAll<OrderRow>(`/orders?${ofAccount}`),
    trader.readAll<PositionRow>(`/positions?${ofAccount}&open=true`),
    trader.readAll<TradeRow>(`/trades?${ofAccount}`),
    trader.readAll<BookingRow>(`/accounts/${trader.accountId}/ledger`),
    trader.read<{ money: { balance: string } }>(`/accounts/${trader.accountId}/summary`),
  ]);
  const account = await simulator.account();
  const log = await simulator.log();
  return [
    ...(await trader.accountFaults()),
    ...compareRequests(trader.requests.all, orders),
    ...compareOrders(orders, ordersOf(log)),
    ...comparePositions(positions, account),
    ...compareTrades(trades, log),
    ...compareMoney(summary.money.balance, ledger, account),
  ];
}
