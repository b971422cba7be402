import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { rebuildAccountCommand } from '../../src/trading/accounts/verify-account-command.ts';
import { NOON, openTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';

let server: TestServer;
let userId: string;

beforeAll(async () => {
  server = await openTestServer();
  userId = (await server.addUser()).id;
});

afterAll(() => server.close());

/** An account, at rest, that opened a protected position and closed half of it. */
async function tradedAccount(): Promise<string> {
  const accountId = randomUUIDv7();
  await server.accounts.create({
    id: accountId,
    userId,
    name: 'Paper',
    currency: 'USD',
    hedging: false,
    initialBalance: 100_000_0000,
    limits: {},
  });
  server.hub.publishQuote({ instrument: 'EUR_USD', at: NOON, bid: 110_000, ask: 110_012 });
  await server.orderDesk.place({
    id: randomUUIDv7(),
    userId,
    accountId,
    terms: () => ({
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1_000,
      timeInForce: 'FOK',
      stopLoss: 109_000,
    }),
  });
  const [position] = await server.stores.positions.ofAccount(accountId, 'open');
  await server.orderDesk.close({ id: randomUUIDv7(), userId, positionId: position?.id ?? '', units: 500 });
  await server.supervisor.dismiss(accountId);
  return accountId;
}

const differencesOf = async (accountId: string) => (await checkAccount(server.stores, accountId)).differences;

describe('the comparison of an account with its log', () => {
  it('finds nothing when the tables are what the log says', async () => {
    const accountId = await tradedAccount();

    const report = await checkAccount(server.stores, accountId);

    expect(report).toEqual({ transactions: 7, orders: 3, positions: 1, trades: 1, differences: [] });
  });

  const db = () => server.database;
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

async function rebuild(argv: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  const io = {
    stdin: process.stdin,
    stdout: { write: (text: string) => (said.stdout += text) },
    stderr: { write: (text: string) => (said.stderr += text) },
  };
  let opened = 0;
  const open = async () => {
    opened += 1;
    return { url: server.databaseUrl, close: async () => undefined };
  };
  const code = await runCommand(io, () => rebuildAccountCommand.run(argv, io, open));
  return { code, opened, ...said };
}

describe('rebuild-account', () => {
  it('is refused without --check, before it opens the database', async () => {
    expect(await rebuild([])).toEqual({
      code: 2,
      opened: 0,
      stdout: '',
      stderr: 'rebuild-account compares only: run it with --check.\n',
    });
  });

  it('counts one thing as one, of an account that is named in capitals', async () => {
    const accountId = await tradedAccount();
    await server.database.deleteFrom('trades').where('account_id', '=', accountId).execute();

    expect(await rebuild(['--check', accountId.toUpperCase()])).toEqual({
      code: 1,
      opened: 1,
      stdout: expect.stringContaining(': 7 transactions, 3 orders, 1 position, no trades: 1 difference\n'),
      stderr: '1 difference: the tables are not what the log says.\n',
    });
  });

  it.each(['nope', randomUUIDv7()])('refuses %s, which is no account, in one line', async (id) => {
    const ended = await rebuild(['--check', id]);

    expect(ended).toEqual({
      code: 2,
      opened: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There is no account .*\n$/),
    });
  });
});
