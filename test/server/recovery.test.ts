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

const KILLS = 22;
const CLIENTS = 3;
const SEED = 20_260_105;
const LONGEST_LIFE_MS = 1_200;
/** Too short for the server to have saved anything but the log. */
const SHORT_LIFE_MS = 500;
/** Fewer orders and trades would not show much. */
const LEAST = { acknowledged: 100, ofStrategies: 20, trades: 50 };

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

/** Kills server after server while the clients continue, some while they start; returns the last, which lives. */
async function killAndKill(
  first: ServerProcess,
  person: ApiClient,
  clients: OrderClients,
  random: () => number,
): Promise<ServerProcess> {
  let server = first;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(random() * (kill < 3 ? SHORT_LIFE_MS : LONGEST_LIFE_MS));
    await server.kill('SIGKILL');
    clients.use(undefined);
    server = startServer();
    const isKilledWhileItStarts = kill % 3 === 2;
    if (!isKilledWhileItStarts) clients.use(await welcome(server, person, clients));
  }
  return server;
}

/** The person at the new server, whose market has not gone back. */
async function welcome(server: ServerProcess, person: ApiClient, clients: OrderClients): Promise<ApiClient> {
  const returned = person.at(await server.ready);
  const { marketTime } = await returned.get<{ marketTime: string }>('/market/clock');
  expect([clients.latestFillAt, marketTime], 'the market went back').toEqual(
    [clients.latestFillAt, marketTime].toSorted(),
  );
  return returned;
}

describe('a server that is killed', () => {
  it('keeps every promise it made about an order, and its strategies trade on', async () => {
    const random = createPrng(SEED);
    const first = startServer();
    const person = await ApiClient.signUp(await first.ready);
    const accountId = await createAccount(person);
    const strategyIds = await Promise.all(
      QUICK_STRATEGIES.map((wanted) => startStrategy(person, accountId, wanted)),
    );
    const clients = new OrderClients(accountId, random);
    clients.start(person, CLIENTS);

    const last = await killAndKill(first, person, clients, random);
    const returned = await welcome(last, person, clients);
    clients.use(returned);
    await until('there is enough to look at', async () => {
      const trades = await returned.all(`/trades?accountId=${accountId}`);
      const orders = await returned.all<{ createdBy: string }>(`/orders?accountId=${accountId}`);
      const ofStrategies = orders.filter(({ createdBy }) => createdBy === 'strategy');
      return (
        clients.acknowledgedIds.length > LEAST.acknowledged &&
        ofStrategies.length > LEAST.ofStrategies &&
        trades.length > LEAST.trades
      );
    });
    await clients.stop();
    await endLeases(database.url);
    await clients.repeatAll();

    for (const strategyId of strategyIds) await expectToTradeOn(returned, strategyId);
    expect(await last.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
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
  });
});
