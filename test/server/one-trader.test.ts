/**
 * Two copies of the server in front of one account at OANDA, the simulator's. A request under
 * way when its owner is killed is found by the next one.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORDER_STATUSES } from '../../src/core/domain/order-lifecycle.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { quiet } from '../support/quiet-log.ts';
import { ordersOf } from '../drills/chaos/broker-record.ts';
import { BROKER_ACCOUNT, BROKER_TOKEN, SimulatorControl } from '../drills/chaos/simulator-control.ts';
import { ApiClient, ProblemError } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

let simulator: SimulatorControl;
let database: TestDatabase;
let servers: readonly ServerProcess[];
let addresses: readonly string[];
let person: ApiClient;
let accountId: string;

beforeEach(async () => {
  simulator = await SimulatorControl.start(7);
  database = await createTestDatabase();
  const settings = { DATABASE_URL: database.url, OANDA_PRACTICE_URL: simulator.url };
  servers = [new ServerProcess(settings), new ServerProcess(settings)];
  addresses = await Promise.all(servers.map(({ ready }) => ready));
  person = await ApiClient.signUp(addresses[0] ?? '');
  const body = {
    name: 'Practice',
    environment: 'practice',
    token: BROKER_TOKEN,
    brokerAccountId: BROKER_ACCOUNT,
  };
  accountId = (await person.post<{ id: string }>('/accounts', { body })).id;
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await simulator[Symbol.asyncDispose]();
  await database.drop();
});

const order = { instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1 };

/** Places an order at one copy; undefined when it does not run the account, or has no price yet. */
async function place(copy: number): Promise<{ readonly id: string } | undefined> {
  try {
    return await person.at(addresses[copy] ?? '').post('/orders', { body: { ...order, accountId } });
  } catch (error) {
    const isEarly =
      error instanceof ProblemError && (error.status === 503 || error.problem.code === 'no-quote');
    if (isEarly) return undefined;
    throw error;
  }
}

/** The copy that runs the account. */
async function findTrader(): Promise<number> {
  return until('a copy runs the account', async () => {
    for (const copy of addresses.keys()) if (await place(copy)) return { copy };
    return undefined;
  }).then(({ copy }) => copy);
}

/** Ends both copies, compares our tables with the broker's log, and returns the ids of the orders in each. */
async function audit(): Promise<{
  readonly atBroker: readonly string[];
  readonly recorded: readonly string[];
}> {
  await Promise.all(servers.map((server) => server.kill('SIGTERM')));
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  try {
    const stores = openStores(orm, database.url);
    expect(await checkAccount(stores, accountId)).toMatchObject({ differences: [] });
    const rows = await stores.orders.inStatuses(accountId, ORDER_STATUSES);
    const people = rows.filter(({ createdBy }) => createdBy === 'person');
    const arrived = people.filter(({ brokerOrderId }) => brokerOrderId !== undefined);
    const atBroker = [...ordersOf(await simulator.log()).values()].flatMap(({ clientId }) => clientId ?? []);
    expect(atBroker.toSorted()).toEqual(arrived.map(({ id }) => id).toSorted());
    return { atBroker, recorded: people.map(({ id }) => id) };
  } finally {
    await orm.close();
  }
}

describe('a copy that is killed', () => {
  it('leaves a request on its way to the broker, and the next owner finds it once', async () => {
    const trader = await findTrader();
    // The connection breaks at once, and the order arrives when the fault is removed.
    const fault = await simulator.arm({
      fault: 'request-delayed',
      method: 'POST',
      path: '/orders',
      count: 1,
    });
    const underWay = await person
      .at(addresses[trader] ?? '')
      .post<{ id: string; status: string }>('/orders', { body: { ...order, units: 77, accountId } });
    expect(underWay.status).toBe('submitted');

    await servers[trader]?.kill('SIGKILL');
    await until('the other copy trades', () => place(1 - trader));
    const next = person.at(addresses[1 - trader] ?? '');
    const read = () => next.get<{ status: string }>(`/orders/${underWay.id}`);
    expect(await read()).toMatchObject({ status: 'submitted' });
    await simulator.remove(fault);
    await until('it is filled', async () => (await read()).status === 'filled');

    const { atBroker } = await audit();
    expect(atBroker.filter((id) => id === underWay.id)).toHaveLength(1);
  });
});
