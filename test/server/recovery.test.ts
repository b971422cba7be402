/** A server that is killed again and again while it trades loses no order, sends none twice, and continues. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../src/core/shared/prng.ts';
import { ApiClient, endLeases } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { OrderClients } from '../support/order-clients.ts';
import { ServerProcess } from '../support/server-process.ts';
import {
  auditAccount,
  createAccount,
  createdOrderIds,
  expectToTradeOn,
  FAST_MARKET,
  QUICK_STRATEGIES,
  startStrategy,
} from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

const KILLS = 6;
/** Each is a loop of its own: one kill meets each of them at another place. */
const ACCOUNTS = 3;
/** Of each account. */
const CLIENTS = 2;
const SEED = 20_260_105;
const LONGEST_LIFE_MS = 1_200;
/** Too short for the server to have saved anything but the log. */
const SHORT_LIFE_MS = 500;
/** Fewer orders and trades of an account would not show much. */
const LEAST = { acknowledged: 34, ofStrategies: 7, trades: 17 };

/** An account with the strategies that run on it, and the people who place orders there. */
interface Traded {
  readonly accountId: string;
  readonly strategyIds: readonly string[];
  readonly clients: OrderClients;
}

let database: TestDatabase;
let servers: ServerProcess[];

beforeAll(async () => {
  database = await createTestDatabase();
  servers = [];
});

afterAll(async () => {
  await servers.at(-1)?.[Symbol.asyncDispose]();
  await database.drop();
});

function startServer(): ServerProcess {
  const server = new ServerProcess({ DATABASE_URL: database.url, PAPER_FEED: FAST_MARKET });
  servers.push(server);
  return server;
}

async function openAccount(person: ApiClient, random: () => number): Promise<Traded> {
  const accountId = await createAccount(person);
  const strategyIds = await Promise.all(
    QUICK_STRATEGIES.map((wanted) => startStrategy(person, accountId, wanted)),
  );
  const clients = new OrderClients(accountId, random);
  clients.start(person, CLIENTS);
  return { accountId, strategyIds, clients };
}

/** Kills server after server while the clients continue, every other one while it starts; returns the last, which lives. */
async function killAndKill(
  first: ServerProcess,
  person: ApiClient,
  accounts: readonly Traded[],
  random: () => number,
): Promise<ServerProcess> {
  let server = first;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(random() * (kill < 3 ? SHORT_LIFE_MS : LONGEST_LIFE_MS));
    await server.kill('SIGKILL');
    for (const { clients } of accounts) clients.use(undefined);
    server = startServer();
    const isKilledWhileItStarts = kill % 2 === 1;
    if (!isKilledWhileItStarts) await welcome(server, person, accounts);
  }
  return server;
}

/** Brings the person and the clients to the new server, whose market has not gone back. */
async function welcome(
  server: ServerProcess,
  person: ApiClient,
  accounts: readonly Traded[],
): Promise<ApiClient> {
  const returned = person.at(await server.ready);
  const { marketTime } = await returned.get<{ marketTime: string }>('/market/clock');
  for (const { clients } of accounts) {
    expect(clients.latestFillAt <= marketTime, `the market went back to ${marketTime}`).toBe(true);
    clients.use(returned);
  }
  return returned;
}

async function untilEnough(person: ApiClient, { accountId, clients }: Traded): Promise<void> {
  await until('there is enough to look at', async () => {
    const trades = await person.all(`/trades?accountId=${accountId}`);
    const orders = await person.all<{ createdBy: string }>(`/orders?accountId=${accountId}`);
    const ofStrategies = orders.filter(({ createdBy }) => createdBy === 'strategy');
    return (
      clients.acknowledgedIds.length > LEAST.acknowledged &&
      ofStrategies.length > LEAST.ofStrategies &&
      trades.length > LEAST.trades
    );
  });
}

/** Every promise about an order of the account was kept, once. */
async function expectKept({ accountId, clients }: Traded): Promise<void> {
  const { log, orders, report } = await auditAccount(database.url, accountId);
  const ofPeople = orders.filter(({ createdBy, status }) => createdBy === 'person' && status !== 'denied');
  expect(ofPeople.map(({ id }) => id).toSorted()).toEqual(clients.acknowledgedIds.toSorted());
  // What the broker never made, it never had: we denied it, or died before we sent it.
  const made = new Set(createdOrderIds(log));
  const missing = orders.filter(({ id, createdBy }) => createdBy !== 'broker' && !made.has(id));
  const fates = missing.map(({ status, reasonCode }) => (status === 'denied' ? status : reasonCode));
  expect(new Set(fates).isSubsetOf(new Set(['denied', 'not-received'])), fates.join()).toBe(true);
  expect(clients.acknowledgedIds.length).toBeGreaterThan(LEAST.acknowledged);
  expect(orders.filter(({ createdBy }) => createdBy === 'strategy').length).toBeGreaterThan(
    LEAST.ofStrategies,
  );
  expect(report.trades).toBeGreaterThan(LEAST.trades);
}

describe('a server that is killed', () => {
  it('keeps every promise it made about an order, and its strategies trade on', async () => {
    const random = createPrng(SEED);
    const first = startServer();
    const person = await ApiClient.signUp(await first.ready);
    const accounts: Traded[] = [];
    for (let number = 0; number < ACCOUNTS; number += 1) accounts.push(await openAccount(person, random));

    const last = await killAndKill(first, person, accounts, random);
    const returned = await welcome(last, person, accounts);
    for (const account of accounts) await untilEnough(returned, account);
    for (const { clients } of accounts) await clients.stop();
    await endLeases(database.url);
    await Promise.all(accounts.map(({ clients }) => clients.repeatAll()));

    for (const strategyId of accounts.flatMap(({ strategyIds }) => strategyIds))
      await expectToTradeOn(returned, strategyId);
    expect(await last.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
    for (const account of accounts) await expectKept(account);
  });
});
