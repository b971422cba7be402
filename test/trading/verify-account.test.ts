import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { UserStore } from '../../src/people/user-store.ts';
import { runCommand } from '../../src/commands/command.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { rebuildAccountCommand } from '../../src/trading/accounts/verify-account-command.ts';
import { composeTrading, NOON } from '../support/trading-services.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { Trading } from '../support/trading-services.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let trading: Trading;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  trading = composeTrading(orm, database.url);
  userId = randomUUIDv7();
  await new UserStore(orm).create({
    id: userId,
    email: 'a@example.com',
    username: 'trader',
    role: 'trader',
    passwordHash: '-',
  });
});

afterAll(async () => {
  await trading.stopTrading();
  await orm.close();
  await database.drop();
});

/** An account, at rest, that opened a protected position and closed half of it. */
async function tradedAccount(): Promise<string> {
  const accountId = randomUUIDv7();
  await trading.accounts.create({
    id: accountId,
    userId,
    name: 'Paper',
    currency: 'USD',
    hedging: false,
    initialBalance: 100_000_0000,
    limits: {},
  });
  trading.hub.publishQuote({ instrument: 'EUR_USD', at: NOON, bid: 110_000, ask: 110_012 });
  await trading.orderDesk.place({
    id: randomUUIDv7(),
    userId,
    accountId,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1_000,
      timeInForce: 'FOK',
      stopLoss: 109_000,
    },
  });
  const [position] = await trading.stores.positions.ofAccount(accountId, 'open');
  await trading.orderDesk.close({ id: randomUUIDv7(), userId, positionId: position?.id ?? '', units: 500 });
  await trading.supervisor.dismiss(accountId);
  return accountId;
}

const differencesOf = async (accountId: string) =>
  (await checkAccount(trading.stores, accountId)).differences;

describe('the comparison of an account with its log', () => {
  it('finds nothing when the tables are what the log says', async () => {
    const accountId = await tradedAccount();

    const report = await checkAccount(trading.stores, accountId);

    expect(report).toEqual({ transactions: 7, orders: 3, positions: 1, trades: 1, differences: [] });
  });

  const db = () => queryBuilder(orm);
  const tampering: [string, (accountId: string) => Promise<unknown>, RegExp][] = [
    [
      'a balance',
      (id) => db().updateTable('oanda_accounts').set({ balance: '1.0000' }).where('id', '=', id).execute(),
      /balance/,
    ],
    [
      'an order',
      (id) =>
        db()
          .updateTable('orders')
          .set({ status: 'cancelled' })
          .where('account_id', '=', id)
          .where('status', '=', 'accepted')
          .execute(),
      /order .* status should be accepted, was cancelled/,
    ],
    [
      'a stop that is gone',
      (id) => db().updateTable('positions').set({ stop_loss: null }).where('account_id', '=', id).execute(),
      /position .* stopLoss should be 109000, was undefined/,
    ],
    [
      "a trade's result",
      (id) =>
        db().updateTable('trades').set({ realized_pnl: '9.0000' }).where('account_id', '=', id).execute(),
      /trade .* realizedPnl/,
    ],
    [
      'a missing trade',
      (id) => db().deleteFrom('trades').where('account_id', '=', id).execute(),
      /trade .* is in the log and not in the table/,
    ],
  ];

  it.each(tampering)('finds %s', async (_, tamper, expected) => {
    const accountId = await tradedAccount();
    await tamper(accountId);

    const differences = await differencesOf(accountId);

    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatch(expected);
  });
});

describe('rebuild-account', () => {
  it.each(['nope', randomUUIDv7()])('refuses %s, which is no account, in one line', async (id) => {
    const said = { stdout: '', stderr: '' };
    const io = {
      stdin: process.stdin,
      stdout: { write: (text: string) => (said.stdout += text) },
      stderr: { write: (text: string) => (said.stderr += text) },
    };
    const open = async () => ({ url: database.url, close: async () => undefined });

    const code = await runCommand(io, () => rebuildAccountCommand.run(['--check', id], io, open));

    expect({ code, ...said }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^There is no account .*\n$/),
    });
  });
});
