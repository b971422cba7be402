/** A server of its own in front of the simulator is killed: its entries lapse at the broker, and what protects positions stays. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openOrm } from '../../src/persistence/orm.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { ApiClient, ProblemError } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, NOON, startSimulator, TOKEN } from '../support/v20-simulator.ts';
import type { TestDatabase } from '../support/database.ts';
import type { RunningSimulator } from '../support/v20-simulator.ts';

const HOUR_MS = 3_600_000;

interface Order {
  readonly id: string;
  readonly status: string;
  readonly leaseUntil: string | null;
}

let simulator: RunningSimulator;
let database: TestDatabase;
/** The server that is killed. */
let server: ServerProcess;
let person: ApiClient;

beforeEach(async () => {
  simulator = await startSimulator();
  database = await createTestDatabase();
  server = new ServerProcess(settings());
  person = await ApiClient.signUp(await server.ready);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
  await database.drop();
});

const settings = () => ({ DATABASE_URL: database.url, OANDA_PRACTICE_URL: simulator.url });

/** Looks while prices and heartbeats come. */
function untilQuoted<Seen>(what: string, look: () => Promise<Seen | undefined | false>): Promise<Seen> {
  let bid = 110_000;
  return until(what, () => {
    bid += 1;
    simulator.market.publish('EUR_USD', bid, bid + 10, simulator.market.marketTime() + 1);
    simulator.timers.pass(5_000);
    return look();
  });
}

/** Places an order as soon as there is a price. */
function place(accountId: string, order: object): Promise<Order> {
  const body = { accountId, instrument: 'EUR_USD', side: 'buy', units: 1_000, ...order };
  return untilQuoted('the order is placed', async () => {
    try {
      return await person.post<Order>('/orders', { body });
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'no-quote') return undefined;
      throw error;
    }
  });
}

const pending = async () => (await simulator.send('GET', '/{A}/pendingOrders')).body['orders'] ?? [];
const log = async () =>
  (await simulator.send('GET', '/{A}/transactions/sinceid?id=1')).body['transactions'] ?? [];

it('is killed: its entry lapses, the stop of its position stays, and the next start shows both', async () => {
  const account = {
    name: 'Practice',
    environment: 'practice',
    token: TOKEN,
    brokerAccountId: ACCOUNT,
    limits: { entryLeaseMinutes: 60 },
  };
  const { id: accountId } = await person.post<{ id: string }>('/accounts', { body: account });
  await place(accountId, { type: 'market', stopLoss: '1.05000' });
  const entry = await place(accountId, { type: 'stop', price: '1.15000' });
  expect(entry.leaseUntil).not.toBeNull();
  expect(new Set((await pending()).map(({ type }) => type))).toEqual(new Set(['STOP', 'STOP_LOSS']));

  await server.kill('SIGKILL');
  simulator.market.clock(NOON + 2 * HOUR_MS);

  expect(await pending()).toMatchObject([{ type: 'STOP_LOSS' }]);
  const written = await log();
  expect(written.at(-1)).toMatchObject({
    type: 'ORDER_CANCEL',
    reason: 'TIME_IN_FORCE_EXPIRED',
    clientOrderID: entry.id,
  });

  await using next = new ServerHere(settings());
  person = person.at(await next.ready);
  const read = () => person.get<Order>(`/orders/${entry.id}`);
  await untilQuoted('the end of the entry is known', async () => (await read()).status !== 'accepted');
  expect(await read()).toMatchObject({ status: 'expired' });
  const { items } = await person.get<{ items: readonly object[] }>(
    `/positions?accountId=${accountId}&open=true`,
  );
  expect(items).toMatchObject([{ openUnits: 1_000, stopLoss: '1.05000' }]);

  await next.stop();
  expect(await log()).toEqual(written);
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  try {
    const differences = await checkAccount(openStores(orm, database.url), accountId);
    expect(differences).toMatchObject({ differences: [] });
  } finally {
    await orm.close();
  }
});
