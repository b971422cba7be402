/** `order-accept`: orders that are recorded, filled and answered on many paper accounts, against one insert a request. */

import { join } from 'node:path';
import { Answerer } from './answerer.ts';
import { openAccount, restingOrder, signUp, startServer } from './bench-people.ts';
import { withDatabase } from './bench-database.ts';
import { openOrm } from '../src/persistence/orm.ts';
import type { Asked } from './answerer.ts';
import type { Benchmark } from './benchmark.ts';

const BARE = join(import.meta.dirname, 'order-accept-bare.ts');
const PEOPLE = 8;
const ACCOUNTS_OF_EACH = 8;
/** Requests that wait at once: as many as a group of orders can have. */
const AT_ONCE = 32;
const ROUNDS = 5;
/** Of each round and side. No person may make more than 6,000 requests a minute. */
const ORDERS = 256;
const RESTING = [0, 100, 1_000];

interface Account {
  readonly token: string;
  readonly accountId: string;
}

/** Signs a person up, with paper accounts. */
async function arrive(server: Answerer, index: number): Promise<readonly Account[]> {
  const token = await signUp(server, index);
  const accounts: Account[] = [];
  for (let number = 0; number < ACCOUNTS_OF_EACH; number += 1)
    accounts.push({ token, accountId: await openAccount(server, token, `Bench ${number}`) });
  return accounts;
}

/** An order of one unit that fills at once; every other one of an account closes what the one before it opened. */
function marketOrder({ token, accountId }: Account, turn: number): Asked {
  const side = turn % 2 === 0 ? 'buy' : 'sell';
  const body = JSON.stringify({ accountId, instrument: 'EUR_USD', type: 'market', side, units: 1 });
  return { method: 'POST', path: '/api/v1/orders', token, body };
}

function limitOrder({ token, accountId }: Account): Asked {
  return { method: 'POST', path: '/api/v1/orders', token, body: JSON.stringify(restingOrder(accountId)) };
}

/** What an order costs beside so many that rest on its account. */
async function costBesideResting(server: Answerer, account: Account): Promise<readonly string[]> {
  const lines: string[] = [];
  let resting = 0;
  for (const wanted of RESTING) {
    await server.cost(wanted - resting, () => limitOrder(account), 4);
    const cost = await server.cost(ORDERS, (index) => marketOrder(account, index), 1);
    resting = wanted;
    lines.push(`${wanted} resting on its account, one order after the other: ${cost.toFixed(0)} µs`);
  }
  return lines;
}

async function makeBareTable(databaseUrl: string): Promise<void> {
  const orm = openOrm({ databaseUrl, log: { warn: () => undefined } });
  await orm.em.fork().execute('create table bare_orders (like orders including all)');
  await orm.close();
}

async function measure(databaseUrl: string) {
  await makeBareTable(databaseUrl);
  const stack = new AsyncDisposableStack();
  try {
    const server = stack.use(await startServer(databaseUrl));
    const bare = stack.use(await Answerer.start([BARE], { DATABASE_URL: databaseUrl }));
    const accounts: Account[] = [];
    for (let index = 0; index < PEOPLE; index += 1) accounts.push(...(await arrive(server, index)));
    const next = (index: number): Asked =>
      marketOrder(accounts[index % accounts.length] as Account, Math.floor(index / accounts.length));
    const ours = await inTurns(server, bare, next);
    const resting = await costBesideResting(server, accounts[0] as Account);
    return { ...ours, notes: [...ours.notes, ...resting] };
  } finally {
    await stack.disposeAsync();
  }
}

async function inTurns(server: Answerer, bare: Answerer, next: (index: number) => Asked) {
  const sums = { cost: 0, bareCost: 0, seconds: 0, bareSeconds: 0 };
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startedAt = performance.now();
    const cost = await server.cost(ORDERS, next, AT_ONCE);
    const turnedAt = performance.now();
    const bareCost = await bare.cost(ORDERS, next, AT_ONCE);
    if (round === 0) continue;
    sums.cost += cost / ROUNDS;
    sums.bareCost += bareCost / ROUNDS;
    sums.seconds += (turnedAt - startedAt) / 1_000;
    sums.bareSeconds += (performance.now() - turnedAt) / 1_000;
  }
  return {
    value: 1_000_000 / sums.cost,
    baselineValue: 1_000_000 / sums.bareCost,
    notes: [
      `${sums.cost.toFixed(0)} µs of the server's processor an order, ${sums.bareCost.toFixed(0)} an insert; ` +
        `by the clock ${rate(sums.seconds)} and ${rate(sums.bareSeconds)}, with ${AT_ONCE} at once on ${PEOPLE * ACCOUNTS_OF_EACH} accounts`,
    ],
  };
}

function rate(seconds: number): string {
  return `${((ORDERS * ROUNDS) / seconds).toFixed(0)}/s`;
}

export const ORDER_ACCEPT: Benchmark = {
  name: 'order-accept',
  unit: 'orders per second of processor',
  baseline: 'one insert a request behind bare node:http',
  target: { atLeast: 0.5 },
  measure: () => withDatabase(measure),
};
