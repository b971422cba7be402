/** What goes wrong with one strategy or one start of an account stays there, and ends when its cause does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import {
  auditAccount,
  createAccount,
  expectToTradeOn,
  FAST_MARKET,
  QUICK_CROSS,
  QUICK_STRATEGIES,
  startStrategy,
} from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

const FAILED = 'the account failed and is rebuilt from its log';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database.drop());

function startServer(): ServerHere {
  return new ServerHere({ DATABASE_URL: database.url, PAPER_FEED: FAST_MARKET });
}

async function query(sql: string): Promise<void> {
  const connection = openPlainConnection(database.url, 'test');
  await connection.query(sql);
  await connection.close();
}

/** A person with an account on which two strategies run. */
async function tradeWithTwo(server: ServerHere) {
  const person = await ApiClient.signUp(await server.ready);
  const accountId = await createAccount(person);
  const [one = '', other = ''] = await Promise.all(
    QUICK_STRATEGIES.map((wanted) => startStrategy(person, accountId, wanted)),
  );
  await expectToTradeOn(person, one);
  return { person, accountId, one, other };
}

describe('a strategy that is started several times at once', () => {
  it('starts once, and the others hear that it is not stopped any more', async () => {
    await using server = startServer();
    const person = await ApiClient.signUp(await server.ready);
    const accountId = await createAccount(person);
    const body = { ...QUICK_STRATEGIES[0], accountId, name: 'Wanted by many' };
    const { id } = await person.post<{ id: string }>('/strategies', { body });

    const starts = await Promise.allSettled(
      Array.from({ length: 6 }, () => person.post<{ status: string }>(`/strategies/${id}/start`)),
    );

    const answers = starts.map((start) => (start.status === 'fulfilled' ? start.value.status : start.reason));
    expect(answers.filter((answer) => answer === 'running')).toHaveLength(1);
    for (const refusal of answers.filter((answer) => answer !== 'running'))
      expect(refusal).toMatchObject({ status: 409, problem: { type: '/problems/invalid-transition' } });
    await expectToTradeOn(person, id);
    expect(server.errors).toEqual([]);
  });
});

describe('strategies that this version of the server cannot attach', () => {
  it('are failed at the start, for their parameters or their type, and the account and its other strategy trade on', async () => {
    await using before = startServer();
    const { person, accountId, one: ofParameters, other } = await tradeWithTwo(before);
    const ofType = await startStrategy(person, accountId, QUICK_CROSS);
    await before.stop();
    const parameters = '{"granularity":"M1","fast":"soon","slow":2}';
    await query(`update strategies set parameters = '${parameters}' where id = '${ofParameters}'`);
    await query(`update strategies set strategy_type = 'astrology' where id = '${ofType}'`);

    await using server = startServer();
    const returned = person.at(await server.ready);

    for (const [strategyId, reason] of [
      [ofParameters, /fast/],
      [ofType, /astrology/],
    ] as const) {
      expect(await returned.get(`/strategies/${strategyId}`)).toMatchObject({
        status: 'failed',
        statusReason: expect.stringMatching(reason),
      });
      // The journal is read below the oldest transaction of the whole PostgreSQL, which other tests share.
      const items = async () =>
        (await returned.get<{ items: unknown[] }>(`/events?strategyId=${strategyId}&limit=500`)).items;
      await expect
        .poll(items)
        .toContainEqual(expect.objectContaining({ type: 'strategy-failed', strategyId }));
    }
    await expectToTradeOn(returned, other);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(server.errors).toEqual([]);
    await auditAccount(database.url, accountId);
  });
});

describe('an account that cannot be made again for a while', () => {
  it('trades again when it can, and its failed attempts have no part in it', async () => {
    await using server = startServer();
    const { person, accountId, one, other } = await tradeWithTwo(server);
    await query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$`,
    );
    await query(
      `create trigger refuse before update of status on oanda_accounts for each row execute function refuse()`,
    );
    await query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await until('two attempts have failed', () => server.said(FAILED).length >= 3);

    await query('drop trigger refuse on oanda_accounts');

    const failures = await until('the account trades', async () => {
      const { source } = await person.get<{ source: string }>(`/accounts/${accountId}/summary`);
      return source === 'live' && server.said(FAILED).length;
    });
    await expectToTradeOn(person, one);
    await expectToTradeOn(person, other);
    expect(server.said(FAILED)).toHaveLength(failures);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    await auditAccount(database.url, accountId);
  });
});
