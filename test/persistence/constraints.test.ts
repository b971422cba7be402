/** Rules that hold in the database itself, whatever code writes to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';

let database: TestDatabase;
let connection: PlainConnection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
  await fillEmptyTables(connection);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** Tries a statement and takes it back. Returns the name of the constraint that refused it. */
async function refusedBy(sql: string): Promise<string | undefined> {
  await connection.query('begin');
  try {
    await connection.query(sql);
    return undefined;
  } catch (error) {
    const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
    return typeof constraint === 'string' ? constraint : String(error);
  } finally {
    await connection.query('rollback');
  }
}

describe('an account and an instrument', () => {
  const another = (status: string) =>
    `insert into strategies (id, account_id, name, strategy_type, parameters, instrument, status)
     select gen_random_uuid(), account_id, name, strategy_type, parameters, instrument, '${status}' from strategies`;

  beforeAll(async () => {
    await connection.query(`update strategies set status = 'running'`);
  });

  it.each(['starting', 'running', 'paused', 'draining', 'stopping'])(
    'take no second strategy that is %s',
    async (status) => {
      expect(await refusedBy(another(status))).toBe('strategies_one_active_per_instrument');
    },
  );

  it.each(['stopped', 'failed'])('take any number of strategies that are %s', async (status) => {
    expect(await refusedBy(another(status))).toBeUndefined();
  });
});

describe('the database refuses', () => {
  const cases = [
    ['an e-mail address in capitals', `update users set email = 'Trader@example.org'`, 'users_email_check'],
    ['a role that does not exist', `update users set role = 'root'`, 'users_role_check'],
    ['a language without texts', `update users set language = 'xx'`, 'users_language_check'],
    [
      'a live account without a token',
      `update oanda_accounts set environment = 'live'`,
      'oanda_accounts_broker_needs_token',
    ],
    [
      'a limit of nothing',
      'update oanda_accounts set max_order_units = 0',
      'oanda_accounts_max_order_units_check',
    ],
    ['an order of no units', 'update orders set units = 0', 'orders_units_check'],
    [
      'units of seven digits after the point',
      'update positions set units_precision = 7',
      'positions_units_precision_check',
    ],
    [
      'an order filled beyond its units',
      'update orders set filled_units = units + 1',
      'orders_filled_within_units',
    ],
    [
      'a limit order without a price',
      `update orders set order_type = 'limit', price = null`,
      'orders_resting_needs_price',
    ],
    ['a dated order without a date', `update orders set time_in_force = 'GTD'`, 'orders_gtd_needs_expiry'],
    ['an unknown order status', `update orders set status = 'lost'`, 'orders_status_check'],
    ['a flat position that is open', 'update positions set open_units = 0', 'positions_closed_when_flat'],
    [
      'a position larger than it was',
      'update positions set open_units = initial_units + 1',
      'positions_open_within_initial',
    ],
    [
      'a trade closed before it was opened',
      `update trades set closed_at = '1999-01-01'`,
      'trades_closed_after_opened',
    ],
    [
      'an answer that is done without a status',
      `update idempotency_keys set state = 'done'`,
      'idempotency_keys_done_has_status',
    ],
    [
      'candles without a granularity',
      `update price_series set kind = 'candles'`,
      'price_series_candles_have_granularity',
    ],
    ['progress beyond the end', 'update backtests set progress = 1.5', 'backtests_progress_check'],
    [
      'a backtest that ends before it begins',
      `update backtests set ends_at = '1999-01-01'`,
      'backtests_ends_after_start',
    ],
    ['prices in use being deleted', 'delete from price_series', 'backtests_series_id_foreign'],
    ['an owner being deleted with their accounts', 'delete from users', 'oanda_accounts_user_id_foreign'],
    [
      'an order being deleted that opened a position',
      'delete from orders',
      'positions_opening_order_id_foreign',
    ],
  ] as const;
  it.each(cases)('%s', async (_, sql, constraint) => {
    expect(await refusedBy(sql)).toBe(constraint);
  });

  it('the same fill as two trades', async () => {
    const again = `insert into trades select (jsonb_populate_record(trades, jsonb_build_object('id', gen_random_uuid()))).* from trades`;

    expect(await refusedBy(again)).toBe('trades_account_id_broker_transaction_id_position_id_unique');
  });

  it('a journal number chosen by the writer', async () => {
    expect(await refusedBy('update events set sequence = 5')).toMatch(/can only be updated to DEFAULT/);
  });
});

describe('deleting', () => {
  const deletions = [
    {
      statement: 'delete from strategies',
      keeps: ['orders', 'positions', 'trades', 'events'],
      removes: ['strategy_states'],
    },
    {
      statement: 'delete from oanda_accounts',
      keeps: ['users', 'events', 'backtests'],
      removes: ['strategies', 'orders', 'positions', 'trades', 'broker_transactions', 'account_states'],
    },
    {
      statement: 'delete from oanda_accounts; delete from users',
      keeps: ['events', 'blocked_ips'],
      removes: [
        'user_settings',
        'user_sessions',
        'idempotency_keys',
        'notifications',
        'backtests',
        'backtest_results',
        'backtest_trades',
        'backtest_series',
        'price_series',
        'price_chunks',
      ],
    },
  ];
  it.each(deletions)('by "$statement" keeps $keeps', async ({ statement, keeps, removes }) => {
    await connection.query('begin');
    for (const each of statement.split(';')) await connection.query(each);

    const counts = new Map<string, unknown>();
    for (const table of [...keeps, ...removes]) {
      const [row] = await connection.query(`select count(*) as rows from ${table}`);
      counts.set(table, row?.['rows']);
    }
    await connection.query('rollback');

    expect([...counts]).toEqual([...keeps.map((table) => [table, 1]), ...removes.map((table) => [table, 0])]);
  });
});
