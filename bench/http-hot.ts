/** `http-hot`: authenticated reads of one thing, against an answer of bare `node:http`, and what metrics add to them. */

import { Answerer } from './answerer.ts';
import { arrive, startServer } from './bench-people.ts';
import { withDatabase } from './bench-database.ts';
import { median } from './benchmark.ts';
import type { Asked } from './answerer.ts';
import type { Person } from './bench-people.ts';
import type { Benchmark, Measurement } from './benchmark.ts';

/** Fewer than the sign-ups that one address may make in a minute. */
const PEOPLE = 24;
const REQUESTS = 1_000;
const AT_ONCE = 32;
const ROUNDS = 5;
/** After so long each of them counts as one who reads little again, and is not delayed: a request has the cost of 25 rows, of 625 in a second. */
const PAUSE_MS = (1_000 * 25 * REQUESTS) / PEOPLE / 625;

const PATHS = {
  'GET /orders/{id}': ({ orderId }: Person) => `/orders/${orderId}`,
  'GET /me': () => '/me',
  'GET /accounts/{id}': ({ accountId }: Person) => `/accounts/${accountId}`,
  'GET /accounts/{id}/summary': ({ accountId }: Person) => `/accounts/${accountId}/summary`,
};
type Kind = keyof typeof PATHS;
const KINDS = Object.keys(PATHS) as Kind[];
const HOT: Kind = 'GET /orders/{id}';

/** A server with the people who ask it. */
interface Served {
  readonly server: Answerer;
  readonly people: readonly Person[];
}

async function measure(databaseUrl: string, meteredUrl: string): Promise<Measurement> {
  const stack = new AsyncDisposableStack();
  try {
    const serve = async (url: string, settings: Readonly<Record<string, string>> = {}): Promise<Served> => {
      const server = stack.use(await startServer(url, settings));
      return { server, people: await arrive(server, { people: PEOPLE, orders: 1 }) };
    };
    const plain = await serve(databaseUrl);
    const metered = await serve(meteredUrl, { METRICS_TOKEN: 'for-prometheus-only' });
    const answer = (await plain.server.ask(requestOf(HOT, plain.people[0] as Person))).text;
    const bare = stack.use(await Answerer.start(['--eval', BARE], { ANSWER: answer }));
    return await inTurns(plain, metered, bare);
  } finally {
    await stack.disposeAsync();
  }
}

async function inTurns(plain: Served, metered: Served, bare: Answerer): Promise<Measurement> {
  const costs = new Map<string, number[]>();
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const add = (name: string, cost: number): void => {
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
    };
    for (const kind of KINDS) {
      add(kind, await costOf(kind, plain));
      add('bare', await bare.cost(REQUESTS, () => ({ method: 'GET', path: '/' }), AT_ONCE));
    }
    add('metered', await costOf(HOT, metered));
  }
  const cost = (name: string): number => median(costs.get(name) ?? []);
  return {
    value: 1_000_000 / cost(HOT),
    baselineValue: 1_000_000 / cost('bare'),
    notes: [
      `bare: ${cost('bare').toFixed(0)} µs of its processor an answer`,
      ...KINDS.map(
        (kind) => `${kind}: ${cost(kind).toFixed(0)} µs, ${(cost('bare') / cost(kind)).toFixed(2)} of bare`,
      ),
      `${HOT} with metrics: ${cost('metered').toFixed(0)} µs`,
    ],
  };
}

async function costOf(kind: Kind, { server, people }: Served): Promise<number> {
  const idle = await server.idle(PAUSE_MS);
  return server.cost(REQUESTS, (index) => requestOf(kind, people[index % PEOPLE] as Person), AT_ONCE, idle);
}

function requestOf(kind: Kind, person: Person): Asked {
  return { method: 'GET', path: `/api/v1${PATHS[kind](person)}`, token: person.token };
}

/** The least that Node can do: the same bytes as JSON. */
const BARE = `
  const order = JSON.parse(process.env.ANSWER);
  require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(order));
  }).listen(Number(process.env.PORT), '127.0.0.1');
`;

export const HTTP_HOT: Benchmark = {
  name: 'http-hot',
  unit: 'requests per second of processor',
  baseline: 'the same answer by bare node:http',
  target: { atLeast: 0.5 },
  measure: () => withDatabase((url) => withDatabase((meteredUrl) => measure(url, meteredUrl))),
};
