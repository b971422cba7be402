/** `http-hot`: what a request costs the server's process, against an answer of bare `node:http`, and what metrics add to it. */

import { join } from 'node:path';
import { Answerer } from './answerer.ts';
import { withDatabase } from './bench-database.ts';
import type { Asked } from './answerer.ts';
import type { Benchmark } from './benchmark.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
/** Enough of each that the ticks are fine; no person may make more than 6,000 a minute, so several take turns. */
const REQUESTS = 1_000;
const ORDERS = 200;
const ROUNDS = 4;
const PEOPLE = 8;
const PASSWORD = 'a long enough secret';

interface Person {
  readonly token: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly order: string;
}

/** Signs a person up with a paper account and an order. */
async function arrive(server: Answerer, index: number): Promise<Person> {
  const send = async (path: string, body: object, token?: string): Promise<Record<string, string>> => {
    const proof = token === undefined ? {} : { token };
    const asked: Asked = { method: 'POST', path: `/api/v1${path}`, body: JSON.stringify(body), ...proof };
    const { status, text } = await server.ask(asked);
    if (status >= 300) throw new Error(`POST ${path} was answered ${status}: ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const login = { email: `bench${index}@example.org`, password: PASSWORD };
  await send('/auth/register', { ...login, username: `bench${index}` });
  const { token = '' } = await send('/auth/login', login);
  const terms = { name: 'Bench', environment: 'paper', currency: 'USD', initialBalance: '1000000' };
  const { id: accountId = '' } = await send('/accounts', terms, token);
  const order = JSON.stringify({ accountId, instrument: 'EUR_USD', type: 'market', side: 'buy', units: 1 });
  const { id: orderId = '' } = await send('/orders', JSON.parse(order) as object, token);
  return { token, accountId, orderId, order };
}

const KINDS = ['GET /orders/{id}', 'GET /me', 'GET /accounts/{id}', 'POST /orders'] as const;
type Kind = (typeof KINDS)[number];

function requestOf(kind: Kind, { token, accountId, orderId, order }: Person): Asked {
  const get = (path: string): Asked => ({ method: 'GET', path: `/api/v1${path}`, token });
  if (kind === 'GET /orders/{id}') return get(`/orders/${orderId}`);
  if (kind === 'GET /me') return get('/me');
  if (kind === 'GET /accounts/{id}') return get(`/accounts/${accountId}`);
  return { method: 'POST', path: '/api/v1/orders', token, body: order };
}

type Costs = Record<Kind | 'bare', number>;

/** Measures a server with these settings and the bare one in turns: the microseconds that a request costs, on average. */
async function measureServer(
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
  first: number,
): Promise<Costs> {
  const stack = new AsyncDisposableStack();
  try {
    // Each server has a market of its own, which is open whatever the clock says.
    const market = 'synthetic?start=2026-01-06T12:00:00Z';
    const own = { DATABASE_URL: databaseUrl, PAPER_FEED: market, ready: '/readyz' };
    const server = stack.use(await Answerer.start([MAIN], { ...own, ...settings }));
    const people: Person[] = [];
    for (let index = 0; index < PEOPLE; index += 1) people.push(await arrive(server, first + index));
    const next = (kind: Kind) => (index: number) => requestOf(kind, people[index % PEOPLE] as Person);
    const answer = (await server.ask(next('GET /orders/{id}')(0))).text;
    const bare = stack.use(await Answerer.start(['--eval', BARE], { ANSWER: answer }));
    return await measureInTurns(server, bare, next);
  } finally {
    await stack.disposeAsync();
  }
}

async function measureInTurns(
  server: Answerer,
  bare: Answerer,
  next: (kind: Kind) => (index: number) => Asked,
): Promise<Costs> {
  const costs: Costs = {
    'GET /orders/{id}': 0,
    'GET /me': 0,
    'GET /accounts/{id}': 0,
    'POST /orders': 0,
    bare: 0,
  };
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const share = round === 0 ? 0 : 1 / ROUNDS;
    for (const kind of KINDS)
      costs[kind] += share * (await server.cost(kind === 'POST /orders' ? ORDERS : REQUESTS, next(kind)));
    costs.bare += share * (await bare.cost(REQUESTS * 2, () => ({ method: 'GET', path: '/' })));
  }
  return costs;
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
  unit: 'µs of processor',
  baseline: 'the same answer by bare node:http',
  target: { atMost: 12 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      const plain = await measureServer(databaseUrl, {}, 0);
      const measured = await measureServer(databaseUrl, { METRICS_TOKEN: 'for-prometheus-only' }, PEOPLE);
      const lines = KINDS.map((kind) => {
        const times = (plain[kind] / plain.bare).toFixed(1);
        return `${kind}: ${plain[kind].toFixed(0)} µs, ${times} times bare; with metrics ${measured[kind].toFixed(0)} µs`;
      });
      return { value: plain['GET /orders/{id}'], baselineValue: plain.bare, notes: lines };
    }),
};
