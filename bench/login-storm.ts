/** `login-storm`: how long a read takes while fifty strangers try passwords, against the same read without them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { arrive, startServer } from './bench-people.ts';
import { withDatabase } from './bench-database.ts';
import type { Answerer } from './answerer.ts';
import type { Person } from './bench-people.ts';
import type { Benchmark, Measurement } from './benchmark.ts';

const STRANGERS = 50;
const ROUNDS = 5;
/** Reads of each round and side, one after the other. */
const READS = 200;
/** The reader stays below a hundred reads a second, from where on they are delayed on purpose. */
const PAUSE_MS = 12;

async function measure(databaseUrl: string): Promise<Measurement> {
  const stack = new AsyncDisposableStack();
  try {
    // Strangers come from addresses of their own, as a proxy says: from one address few sign-ins are allowed.
    const server = stack.use(await startServer(databaseUrl, { TRUSTED_PROXIES: '127.0.0.1' }));
    const [person] = await arrive(server, { people: 1, orders: 1 });
    return await inTurns(server, person as Person);
  } finally {
    await stack.disposeAsync();
  }
}

async function inTurns(server: Answerer, person: Person): Promise<Measurement> {
  const calm: number[] = [];
  const stormy: number[] = [];
  let tried = 0;
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const read = await readTimes(server, person);
    const storm = new Storm(server, round);
    const readInStorm = await readTimes(server, person);
    const tries = await storm.end();
    if (round === 0) continue;
    calm.push(...read);
    stormy.push(...readInStorm);
    tried += tries;
  }
  return {
    value: percentile99(stormy),
    baselineValue: percentile99(calm),
    notes: [`${tried} passwords were compared beside ${stormy.length} reads`],
  };
}

/** Strangers who try passwords without a pause. */
class Storm {
  readonly #strangers: readonly Promise<number>[];
  #isOver = false;

  constructor(server: Answerer, round: number) {
    this.#strangers = Array.from({ length: STRANGERS }, (_, index) => this.#try(server, `${round}.${index}`));
  }

  /** Resolves with how many passwords of theirs were compared. */
  async end(): Promise<number> {
    this.#isOver = true;
    const tries = await Promise.all(this.#strangers);
    return tries.reduce((sum, own) => sum + own, 0);
  }

  async #try(server: Answerer, name: string): Promise<number> {
    let compared = 0;
    for (let tries = 0; !this.#isOver; tries += 1) {
      const body = JSON.stringify({
        email: `stranger${name}.${tries}@example.org`,
        password: 'a wrong guess',
      });
      const headers = { 'x-forwarded-for': `198.18.${tries % 250}.${name.split('.')[1]}` };
      const asked = { method: 'POST', path: '/api/v1/auth/login', body, headers } as const;
      const { status, headers: answered } = await server.ask(asked);
      if (status < 400) throw new Error(`A stranger was let in: ${status}`);
      if (status === 401) compared += 1;
      // Too many wait for their turn, and the answer says when to come again.
      else await sleep(1_000 * Number(answered['retry-after']));
    }
    return compared;
  }
}

async function readTimes(server: Answerer, { token }: Person): Promise<readonly number[]> {
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const startedAt = performance.now();
    const { status, text } = await server.ask({ method: 'GET', path: '/api/v1/me', token });
    if (status !== 200) throw new Error(`GET /me was answered ${status}: ${text}`);
    times.push(performance.now() - startedAt);
    await sleep(PAUSE_MS);
  }
  return times;
}

function percentile99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
}

export const LOGIN_STORM: Benchmark = {
  name: 'login-storm',
  unit: 'ms, the 99th percentile',
  baseline: 'without sign-ins',
  target: { atMost: 2 },
  measure: () => withDatabase(measure),
};
