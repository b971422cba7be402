/** Requests to OANDA with one token: what is read is repeated when it fails, what is sent never is. */

import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelayMs } from '../../../core/shared/backoff.ts';
import { parseJson } from './parse-json.ts';
import { accessProblem, mayBeFalse, REFUSALS_BELIEVED, unreachable } from './access-problem.ts';
import { ClockDifference } from './clock-difference.ts';
import { exchange } from './http-exchange.ts';
import { RateLimit } from './rate-limit.ts';
import type * as Undici from 'undici';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import type { HttpEnd, HttpRequest } from './http-exchange.ts';
import type { OandaTimes } from '../oanda-times.ts';
import type { OandaHosts } from './oanda-hosts.ts';

/** Loaded with the first client, by its name: a twelfth of the start of a server that has no account at OANDA. */
const load: (library: 'undici') => typeof Undici = createRequire(import.meta.url);

/** The largest answer is an account with a thousand open trades and orders, or 5,000 candles. */
const MAXIMUM_BYTES = 16 * 1024 * 1024;

/** Requests of the accounts of one token rarely overlap. */
const CONNECTIONS = 4;

/** Longer than a strategy's usual pause would save nothing; OANDA's own limit is not published. */
const KEEP_ALIVE_MS = 15_000;

/** A read is tried so often in all. */
const READ_ATTEMPTS = 4;

/** Turns of an environment, shared by all tokens: OANDA's wording of its limits varied between a token and an address. */
export interface OandaLimits {
  readonly requests: RateLimit;
  readonly connections: RateLimit;
}

/** OANDA cuts off at 120 requests a second and recommends at most 100, and takes 2 new connections a second. */
export function oandaLimits(): OandaLimits {
  return {
    requests: new RateLimit({ perSecond: 100, burst: 20 }),
    connections: new RateLimit({ perSecond: 2, burst: 2 }),
  };
}

/**
 * What became of a request that must not be repeated. `answered`: OANDA's answer as JSON. `refused`: it certainly had no effect and left
 * no transaction. `unknown`: anything else.
 */
export type SendEnd =
  | { readonly end: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly end: 'refused'; readonly status: number | undefined; readonly why: string }
  | { readonly end: 'unknown'; readonly why: string };

export interface OandaClientOptions {
  readonly token: string;
  readonly hosts: OandaHosts;
  readonly limits: OandaLimits;
  readonly times: OandaTimes;
  /** The clock of this machine (UTC ms), which is compared with OANDA's. */
  readonly wall: () => number;
}

/** The connections of one token. */
export class OandaClient {
  readonly #token: string;
  readonly #hosts: OandaHosts;
  readonly #limits: OandaLimits;
  readonly #times: OandaTimes;
  readonly #pool: Pool;
  readonly #connect: buildConnector.connector;
  readonly #wall: () => number;
  readonly #clocks = new ClockDifference();
  readonly #closing = new AbortController();

  constructor({ token, hosts, limits, times, wall }: OandaClientOptions) {
    this.#wall = wall;
    this.#token = token;
    this.#hosts = hosts;
    this.#limits = limits;
    this.#times = times;
    this.#connect = limitedConnector(limits.connections, times.requestMs);
    const { Pool } = load('undici');
    this.#pool = new Pool(hosts.rest, {
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: this.#connect,
    });
  }

  /** See `Broker.clockAheadMs`. */
  get clockAheadMs(): number | undefined {
    return this.#clocks.aheadMs;
  }

  /**
   * Reads `path`; the body of a 200 answer. Rejects with a Problem, see the broker port. An answer of which `doubt` says what is wrong counts
   * as a failed try.
   */
  async read(path: string, doubt?: (body: unknown) => string | undefined): Promise<unknown> {
    let refusals = 0;
    let failure = '';
    let pauseMs = 0;
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
      if (attempt > 0) await this.#pause(pauseMs);
      pauseMs = backoffDelayMs(attempt, this.#times.readAgain, Math.random());
      const end = await this.#exchange({ method: 'GET', path });
      if (end.end !== 'answered') {
        failure = end.why;
        continue;
      }
      const body = parseJson(end);
      if (end.status === 200 && body !== undefined) {
        const why = doubt?.(body);
        if (why === undefined) return body;
        failure = why;
        continue;
      }
      failure = `OANDA answered ${end.status}`;
      const problem = accessProblem(end.status, body);
      if (!problem) continue;
      refusals += 1;
      if (!mayBeFalse(end.status) || refusals === REFUSALS_BELIEVED) throw problem;
      pauseMs = this.#times.refusedAgainMs;
    }
    throw unreachable(failure);
  }

  /** Sends a request once, if `maySend` says yes in the moment in which it is written, and returns what became of it. Never rejects. */
  async send(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    content: unknown,
    maySend?: () => boolean,
  ): Promise<SendEnd> {
    const end = await this.#exchange({ method, path, body: JSON.stringify(content), maySend });
    if (end.end === 'not-sent') return { end: 'refused', status: undefined, why: end.why };
    if (end.end === 'lost') return { end: 'unknown', why: end.why };
    const { status } = end;
    const why = `OANDA answered ${status}`;
    // The gate before OANDA's trading system: what it holds back has no transaction. Source: OANDA v20, rate limits and authorization.
    if (status === 401 || status === 403 || status === 429) return { end: 'refused', status, why };
    const body = parseJson(end);
    if (body === undefined || status < 200 || status >= 500 || (status >= 300 && status < 400))
      return { end: 'unknown', why };
    return { end: 'answered', status, body };
  }

  /** A connection of its own for one stream, and the headers to ask with. */
  openStream(): { readonly dispatcher: Dispatcher; readonly headers: Readonly<Record<string, string>> } {
    const { Client } = load('undici');
    const dispatcher = new Client(this.#hosts.stream, {
      pipelining: 1,
      bodyTimeout: 0,
      headersTimeout: this.#times.requestMs,
      connect: this.#connect,
    });
    return { dispatcher, headers: this.#headers() };
  }

  /** Ends all connections. What is under way ends as lost. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.destroy();
  }

  async #exchange(request: Pick<HttpRequest, 'method' | 'path' | 'body' | 'maySend'>): Promise<HttpEnd> {
    const delayMs = this.#limits.requests.takeTurn(performance.now());
    if (delayMs > this.#times.requestMs) return { end: 'not-sent', why: 'too many requests wait already' };
    if (delayMs > 0) await this.#pause(delayMs);
    const sentAt = this.#wall();
    const end = await exchange(this.#pool, {
      ...request,
      headers: this.#headers(),
      deadlineMs: this.#times.requestMs,
      maximumBytes: MAXIMUM_BYTES,
    });
    if (end.end === 'answered') this.#clocks.note({ sentAt, receivedAt: this.#wall(), date: end.date });
    return end;
  }

  #headers(): Readonly<Record<string, string>> {
    return {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      'accept-datetime-format': 'RFC3339',
    };
  }

  async #pause(delayMs: number): Promise<void> {
    // A client that closes does not wait: what follows ends as not sent.
    await sleep(delayMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}

/** New connections wait for their turn. */
function limitedConnector(limit: RateLimit, timeoutMs: number): buildConnector.connector {
  const connect = load('undici').buildConnector({ timeout: timeoutMs, allowH2: false });
  return (options, callback) => {
    const delayMs = limit.takeTurn(performance.now());
    if (delayMs === 0) connect(options, callback);
    else setTimeout(() => connect(options, callback), delayMs);
  };
}
