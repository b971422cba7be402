/** Compares all that the API says of the accounts with all that the broker says, and what clients were sent with the journal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from '../drill-database.ts';
import { ordersOf } from './broker-record.ts';
import { compareMoney, comparePositions, compareTrades } from './compare-account.ts';
import { compareOrders, compareRequests } from './compare-orders.ts';
import { compareJournal } from './follower.ts';
import type { BookingRow, PositionRow, TradeRow } from './compare-account.ts';
import type { OrderRow } from './compare-orders.ts';
import type { Follower } from './follower.ts';
import type { SimulatorControl } from './simulator-control.ts';
import type { TradedAccount } from './traded-account.ts';
import type { Trader } from './trader.ts';

/** The market moves and strategies trade: both sides are read again when something happened in between. */
const ROUNDS = 30;
const AGAIN_MS = 200;

export interface Compared {
  readonly trader: Trader;
  readonly simulator: SimulatorControl;
  readonly databaseUrl: string;
  readonly followers: readonly Follower[];
}

/** Returns each difference as a line. */
export async function compareAll(compared: Compared): Promise<readonly string[]> {
  const { trader, simulator } = compared;
  const accounts = trader.accounts.map((account) => async () => {
    const differences = await compareAccount(trader, simulator, account);
    return differences.map((difference) => `account ${account.brokerAccountId}: ${difference}`);
  });
  const differences: string[] = [...compareRequests(trader.requests.all, await trader.orders())];
  for (const compare of [...accounts, () => compareFollowers(compared)])
    differences.push(...(await whenStill(compare)));
  return differences;
}

/** Compares until there is no difference, or one that stays. */
async function whenStill(compare: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let differences: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    differences = await compare();
    if (differences.length === 0) break;
    await sleep(AGAIN_MS);
  }
  return differences;
}

async function compareAccount(
  trader: Trader,
  simulator: SimulatorControl,
  { id, brokerAccountId, isLeased }: TradedAccount,
): Promise<readonly string[]> {
  const [orders, positions, trades, ledger, summary] = await Promise.all([
    trader.readAll<OrderRow>(`/orders?accountId=${id}`),
    trader.readAll<PositionRow>(`/positions?accountId=${id}&open=true`),
    trader.readAll<TradeRow>(`/trades?accountId=${id}`),
    trader.readAll<BookingRow>(`/accounts/${id}/ledger`),
    trader.read<{ money: { balance: string } }>(`/accounts/${id}/summary`),
  ]);
  const account = await simulator.account(brokerAccountId);
  const log = await simulator.log(brokerAccountId);
  return [
    ...compareOrders(orders, ordersOf(log), { isLeased }),
    ...comparePositions(positions, account),
    ...compareTrades(trades, log),
    ...compareMoney(summary.money.balance, ledger, account),
  ];
}

async function compareFollowers({ databaseUrl, followers }: Compared): Promise<readonly string[]> {
  const rows = await askOnce(
    databaseUrl,
    'select sequence from events where user_id is not null order by sequence',
  );
  const journal = rows.map(({ sequence }) => Number(sequence));
  return followers.flatMap(({ name, sequences }) => compareJournal(sequences, journal, `the ${name} client`));
}
