/**
 * Two copies of the server in front of one account at OANDA, the simulator's. Each order carries the number of the copy that sent it, so
 * the broker's log says whether there ever were two traders at once. A request under way when its owner is killed is found by the next one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { createPrng } from '../../src/core/shared/prng.ts';
import { ORDER_STATUSES } from '../../src/core/domain/order-lifecycle.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { quiet } from '../support/quiet-log.ts';
import { ordersOf } from '../drills/chaos/broker-record.ts';
import { BROKER_ACCOUNT, BROKER_TOKEN, SimulatorControl } from '../drills/chaos/simulator-control.ts';
import { ApiClient, ProblemError } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { OrderClients } from '../support/order-clients.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import type { Stores } from '../../src/server/compose-stores.ts';
import type { StoredOrder } from '../../src/trading/orders/order-store.ts';
import type { TestDatabase } from '../support/database.ts';

/** What an owner of the account promises: another that has a processor trades within this time after it died or froze. */
const TAKEN_WITHIN_MS = 10_000;
const FREEZES = 2;

let simulator: SimulatorControl;
let database: TestDatabase;
let servers: readonly ServerProcess[];
let addresses: readonly string[];
let person: ApiClient;
let accountId: string;

// One pair of copies for all: the account is frozen with its owner, then one owner is killed, and at the end the books of all that are compared.
beforeAll(async () => {
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

afterAll(async () => {
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

/** Waits until the copy trades, and returns how long that took from now on, without the time for which others had the processors. */
async function msUntilTrades(copy: number): Promise<number> {
  const processes = [process.pid, present(servers[copy], 'the copy').pid];
  const msHeldUp = () => processes.reduce((sum, pid) => sum + msWithoutProcessor(pid), 0);
  const [since, heldUp] = [performance.now(), msHeldUp()];
  await until('the other copy trades', () => place(copy));
  return performance.now() - since - (msHeldUp() - heldUp);
}

/** How long a process has been ready to run and has waited for a processor; 0 where the system does not count it. */
function msWithoutProcessor(pid: number): number {
  const file = `/proc/${pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0;
}

/** The owner's number of each order that we sent, in the order of the broker's log. */
async function ownersInLog(): Promise<readonly number[]> {
  const log = await simulator.log();
  return log.flatMap(({ type, clientExtensions }) =>
    type.endsWith('_ORDER') && clientExtensions?.id !== undefined
      ? [Number(/\[owner (\d+)\]$/.exec(clientExtensions.comment ?? '')?.[1])]
      : [],
  );
}

/** The numbers that follow a higher one. */
function afterNewer(owners: readonly number[]): readonly number[] {
  return owners.filter((owner, index) => owners.slice(0, index).some((earlier) => earlier > owner));
}

/** Reads the orders of people from our tables. */
async function recorded(): Promise<readonly StoredOrder[]> {
  const rows = await onStores(({ orders }) => orders.inStatuses(accountId, ORDER_STATUSES));
  return rows.filter(({ createdBy }) => createdBy === 'person');
}

async function onStores<Result>(work: (stores: Stores) => Promise<Result>): Promise<Result> {
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  try {
    return await work(openStores(orm, database.url));
  } finally {
    await orm.close();
  }
}

/** Our ids of the orders in the broker's log, one for each time that it made one. */
async function atBroker(): Promise<readonly string[]> {
  return [...ordersOf(await simulator.log()).values()].flatMap(({ clientId }) => clientId ?? []);
}

describe('a copy that is frozen while it trades', () => {
  it('has lost the account when it wakes up, and sends no more than the request that it was writing', async () => {
    const clients = new OrderClients(accountId, createPrng(8));
    const taken: number[] = [];
    let trader = await findTrader();
    clients.start(person.at(addresses[trader] ?? ''), 8);
    for (let freeze = 0; freeze < FREEZES; freeze += 1) {
      const before = clients.acknowledgedIds.length;
      await until('it trades', () => clients.acknowledgedIds.length > before + 20);
      const frozen = trader;
      servers[frozen]?.suspend();
      trader = 1 - frozen;
      taken.push(await msUntilTrades(trader));
      clients.use(person.at(addresses[trader] ?? ''));
      servers[frozen]?.resume();
      await until('it has noticed', async () => (await place(frozen)) === undefined);
    }
    await clients.stop();

    expect(Math.max(...taken)).toBeLessThan(TAKEN_WITHIN_MS);
    const owners = await ownersInLog();
    expect(new Set(owners).size).toBe(FREEZES + 1);
    // A process cannot look at its clock and write in one step: what it was writing when it froze leaves when it wakes up.
    const late = afterNewer(owners);
    expect(late).toEqual([...new Set(late)]);
    const ids = (await recorded()).map(({ id }) => id);
    expect(clients.acknowledgedIds.filter((id) => !ids.includes(id))).toEqual([]);
  });
});

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
    const taken = await msUntilTrades(1 - trader);
    const next = person.at(addresses[1 - trader] ?? '');
    const read = () => next.get<{ status: string }>(`/orders/${underWay.id}`);
    expect(await read()).toMatchObject({ status: 'submitted' });
    await simulator.remove(fault);
    await until('it is filled', async () => (await read()).status === 'filled');

    expect(taken).toBeLessThan(TAKEN_WITHIN_MS);
    expect((await atBroker()).filter((id) => id === underWay.id)).toHaveLength(1);
  });
});

describe('after all that', () => {
  it('our tables are what the broker has in its log, each order once', async () => {
    await Promise.all(servers.map((server) => server.kill('SIGTERM')));

    expect(await onStores((stores) => checkAccount(stores, accountId))).toMatchObject({ differences: [] });
    const arrived = (await recorded()).filter(({ brokerOrderId }) => brokerOrderId !== undefined);
    expect((await atBroker()).toSorted()).toEqual(arrived.map(({ id }) => id).toSorted());
    expect(arrived.length).toBeGreaterThan(0);
  });
});
