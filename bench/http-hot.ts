/** `http-hot`: what a request costs the server's process, against an answer of bare `node:http`, and what metrics add to it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { withDatabase } from './bench-database.ts';
import type { ChildProcess } from 'node:child_process';
import type { Benchmark } from './benchmark.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
/** The kernel counts the processor's time of a process in hundredths of a second. */
const TICK_US = 10_000;
const CONNECTIONS = 8;
/** Enough of each that the ticks are fine; no person may make more than 6,000 a minute, so several take turns. */
const REQUESTS = 1_000;
const ORDERS = 200;
const ROUNDS = 4;
const PEOPLE = 8;
const PASSWORD = 'a long enough secret';
const DEADLINE_MS = 60_000;

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
}

/** A process that answers on a port. */
class Answerer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(
    args: readonly string[],
    { ready, ...settings }: Readonly<Record<string, string>>,
  ): Promise<Answerer> {
    const port = await freePort();
    const env = { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...settings, PORT: String(port) };
    const answerer = new Answerer(spawn(process.execPath, args, { env, stdio: 'ignore' }), port);
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      const status = await answerer.ask({ method: 'GET', path: ready ?? '/' }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return answerer;
      await sleep(50);
    }
    throw new Error('A process of the benchmark did not become ready.');
  }

  ask({ method, path, token, body }: Asked): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => (text += part));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Sends so many requests over a few connections, and returns the microseconds of processor that each took. */
  async cost(count: number, next: (index: number) => Asked): Promise<number> {
    const before = this.#ticks();
    let index = 0;
    const work = async (): Promise<void> => {
      while (index < count) {
        const asked = next(index);
        index += 1;
        const { status, text } = await this.ask(asked);
        if (status >= 300) throw new Error(`${asked.method} ${asked.path} was answered ${status}: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return ((this.#ticks() - before) * TICK_US) / count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** The processor's time so far, of all threads. Source: proc(5), fields 14 and 15 of stat. */
  #ticks(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }
}

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
