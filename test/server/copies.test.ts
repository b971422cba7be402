/** Several copies of the server on one database: they share the work, and no account ever has two traders. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createPrng } from '../../src/core/shared/prng.ts';
import { ApiClient, endLeases, ProblemError } from '../support/api-client.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { OrderClients } from '../support/order-clients.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess } from '../support/server-process.ts';
import { auditAccount, createAccount } from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Ended } from '../support/processes.ts';

/** The market is open, whatever day it is. Each copy has its own, and their times differ by what their starts do. */
const MARKET = 'synthetic?seed=3&start=2026-01-05T12:00:00Z';
const LOSSES = 4;
const MORE_ORDERS = 10;

let database: TestDatabase;

/** Works with these servers on this database; both go with the test. */
function use(on: TestDatabase, servers: readonly AsyncDisposable[]): void {
  database = on;
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    await database.drop();
  });
}

async function expectWellEnded(ends: readonly Promise<Ended>[]): Promise<void> {
  for (const ended of await Promise.all(ends)) expect(ended).toMatchObject({ code: 0, stderr: '' });
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(database.url, 'test');
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

/** The number that grows with each owner of the account. */
async function epochOf(accountId: string): Promise<number> {
  const [row] = await query(`select owner_epoch from oanda_accounts where id = '${accountId}'`);
  return Number(row?.['owner_epoch']);
}

/** Returns those of the addresses where the account is traded. */
async function tradersAt(
  addresses: readonly string[],
  person: ApiClient,
  accountId: string,
): Promise<string[]> {
  const answers = await Promise.all(
    addresses.map(async (address) => ((await trades(person.at(address), accountId)) ? [address] : [])),
  );
  return answers.flat();
}

async function trades(person: ApiClient, accountId: string): Promise<boolean> {
  try {
    const body = { accountId, instrument: 'EUR_USD', side: 'buy', type: 'limit', price: '0.50000', units: 1 };
    await person.post('/orders', { body });
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError && error.problem.type === '/problems/account-not-trading'))
      throw error;
    expect(error.status).toBe(503);
    return false;
  }
}

describe('four copies started together on an empty database', () => {
  it('migrate it once, become ready, and one of them trades an account until it dies', async () => {
    const empty = await createEmptyDatabase();
    const settings = { DATABASE_URL: empty.url, PAPER_FEED: MARKET };
    const servers = Array.from({ length: 4 }, () => new ServerProcess(settings));
    use(empty, servers);
    const addresses = await Promise.all(servers.map(({ ready }) => ready));

    const applied = servers.flatMap((server) => server.said('migration applied'));
    const recorded = await query('select name from mikro_orm_migrations order by name');
    expect(applied.map(({ migration }) => String(migration)).toSorted()).toEqual(
      recorded.map(({ name }) => name),
    );

    const person = await ApiClient.signUp(addresses[0] ?? '');
    const accountId = await createAccount(person);
    const found = (copies: readonly string[]) => async () => {
      const traders = await tradersAt(copies, person, accountId);
      return traders.length > 0 && traders;
    };
    // Whichever is quicker: the copy that was asked for the account, or one that looks for free ones at that moment.
    const first = await until('a copy trades it', found(addresses));
    expect(first).toHaveLength(1);

    const owner = addresses.indexOf(first[0] ?? '');
    await servers[owner]?.kill('SIGKILL');
    const others = addresses.toSpliced(owner, 1);
    const second = await until('another copy takes over', found(others));
    expect(second).toHaveLength(1);
    expect(await tradersAt(others, person, accountId)).toEqual(second);

    await expectWellEnded(servers.toSpliced(owner, 1).map((server) => server.kill('SIGTERM')));
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
    await auditAccount(database.url, accountId);
  });
});

describe('a copy that loses the connection that holds its accounts', () => {
  it('writes no more, and the account continues there or elsewhere with nothing done twice', async () => {
    // What is cut is a connection, and each copy has its own: they may be in one process.
    const migrated = await createTestDatabase();
    const settings = { DATABASE_URL: migrated.url, PAPER_FEED: MARKET };
    const servers = [new ServerHere(settings), new ServerHere(settings)];
    use(migrated, servers);
    const addresses = await Promise.all(servers.map(({ ready }) => ready));
    const person = await ApiClient.signUp(addresses[0] ?? '');
    const accountId = await createAccount(person);
    const random = createPrng(8);
    const clients = addresses.map((address) => {
      const ofCopy = new OrderClients(accountId, random);
      ofCopy.start(person.at(address), 2);
      return ofCopy;
    });
    const placed = () => clients.flatMap(({ acknowledgedIds }) => acknowledgedIds);

    for (let loss = 0; loss < LOSSES; loss += 1) {
      const [before, epoch] = [placed().length, await epochOf(accountId)];
      await until('orders are placed', () => placed().length > before + MORE_ORDERS);
      await sleep(random() * 300);
      await query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'auto-forex ownership%' and pid in (select pid from pg_locks where locktype = 'advisory')`);
      const isTaken = async () => (await epochOf(accountId)) > epoch;
      await until('the account is taken again', isTaken);
    }

    await Promise.all(clients.map((ofCopy) => ofCopy.stop()));
    await endLeases(database.url);
    const [owner] = await until('a copy runs it', async () => {
      const traders = await tradersAt(addresses, person, accountId);
      return traders.length > 0 && traders;
    });
    const byHand = 1;
    for (const ofCopy of clients) {
      ofCopy.use(person.at(owner ?? ''));
      await ofCopy.repeatAll();
    }
    const messages = servers.flatMap(({ errors }) => errors).map(({ msg }) => msg);
    expect(messages.filter((message) => !COMPLAINTS.includes(message))).toEqual([]);
    await expectWellEnded(servers.map((server) => server.stop()));
    const { orders } = await auditAccount(database.url, accountId);
    const ofPeople = orders.filter(({ createdBy, status }) => createdBy === 'person' && status !== 'denied');
    expect(new Set(placed()).isSubsetOf(new Set(ofPeople.map(({ id }) => id)))).toBe(true);
    expect(ofPeople).toHaveLength(placed().length + byHand);
  });
});

/** What is said of an account that went from one owner to another. */
const COMPLAINTS = [
  'the connection that holds our accounts was lost',
  'a connection to the database was lost; the database answers',
  'the account failed and is rebuilt from its log',
  // It looked for accounts on the connection that was ended.
  'accounts could not be looked after; trying again',
  // What the former owner would still save is refused.
  "the account's memory was not saved",
];
