/** `http-list`: a page of fifty orders, against a prepared statement whose rows are put into JSON behind bare `node:http`. */

import { join } from 'node:path';
import { Answerer } from './answerer.ts';
import { arrive, startServer } from './bench-people.ts';
import { withDatabase } from './bench-database.ts';
import { median } from './benchmark.ts';
import type { Asked } from './answerer.ts';
import type { Person } from './bench-people.ts';
import type { Benchmark, Measurement } from './benchmark.ts';

const BARE = join(import.meta.dirname, 'http-list-bare.ts');
const PEOPLE = 16;
/** One more than a page. */
const ORDERS = 51;
const REQUESTS = 160;
const AT_ONCE = 16;
/** Code is compiled until about here. */
const WARM_UPS = 4;
const ROUNDS = 9;
/** After so long each of them counts as one who reads little again, and is not delayed: a page of fifty has the cost of 150 rows, of 625 in a second. */
const PAUSE_MS = (1_000 * 150 * REQUESTS) / PEOPLE / 625;

async function measure(databaseUrl: string): Promise<Measurement> {
  const stack = new AsyncDisposableStack();
  try {
    const server = stack.use(await startServer(databaseUrl));
    const bare = stack.use(await Answerer.start([BARE], { DATABASE_URL: databaseUrl }));
    const people = await arrive(server, { people: PEOPLE, orders: ORDERS });
    return await inTurns(server, bare, (index) => pageOf(people[index % PEOPLE] as Person));
  } finally {
    await stack.disposeAsync();
  }
}

async function inTurns(
  server: Answerer,
  bare: Answerer,
  next: (index: number) => Asked,
): Promise<Measurement> {
  const costs: number[] = [];
  const bareCosts: number[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round += 1) {
    const idle = await server.idle(PAUSE_MS);
    const cost = await server.cost(REQUESTS, next, AT_ONCE, idle);
    const bareCost = await bare.cost(REQUESTS, next, AT_ONCE);
    if (round < WARM_UPS) continue;
    costs.push(cost);
    bareCosts.push(bareCost);
  }
  const [cost, bareCost] = [median(costs), median(bareCosts)];
  return {
    value: 1_000_000 / cost,
    baselineValue: 1_000_000 / bareCost,
    notes: [
      `${cost.toFixed(0)} µs of the server's processor a page, ${bareCost.toFixed(0)} of the baseline's`,
    ],
  };
}

function pageOf({ accountId, token }: Person): Asked {
  return { method: 'GET', path: `/api/v1/orders?accountId=${accountId}&limit=50`, token };
}

export const HTTP_LIST: Benchmark = {
  name: 'http-list',
  unit: 'pages per second of processor',
  baseline: 'a prepared statement put into JSON behind bare node:http',
  target: { atLeast: 1 },
  measure: () => withDatabase(measure),
};
