/** How many requests one sender may make in a minute. Counted in this process; a restart resets the counts. */

import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest, FastifySchema } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import { addressOf, networkOf } from './client.ts';
import { MinuteBudget } from './minute-budget.ts';
import { REQUEST_COSTS } from './request-costs.ts';
import type { RequestCost } from './request-costs.ts';
import type { App } from './route.ts';

const MINUTE_MS = 60_000;
/** Senders that are counted at the same time; the one not seen for longest is forgotten first. */
const COUNTED_SENDERS = 10_000;

/** The limits, each for one sender and minute. */
export interface RateLimits {
  /** Requests of one person. A program that polls ten things every second stays below it. */
  readonly requestsOfPerson: number;
  /** Requests from one address whose sender is not known yet: a query each, for invented tokens as well. */
  readonly requestsOfAddress: number;
  /** Sign-ins from one address: hashing takes 10 ms of a core, and a person needs two or three. */
  readonly loginsOfAddress: number;
  /** Sign-ups from one address: a hash and a row each. */
  readonly registrationsOfAddress: number;
  /** Rows that one person reads in a second: a hundred take two milliseconds of the thread that trades for everyone. */
  readonly rowsASecondOfPerson: number;
  /** Rows that all people together read in a second by long reads, and as many by small ones of those who read much: a fifth of that thread. */
  readonly rowsASecondOfAll: number;
}

/** The default limits. */
export const RATE_LIMITS: RateLimits = {
  requestsOfPerson: 6_000,
  requestsOfAddress: 6_000,
  loginsOfAddress: 60,
  registrationsOfAddress: 60,
  rowsASecondOfPerson: 2_500,
  rowsASecondOfAll: 10_000,
};

/** Makes limits possible: routes ask for one in `config.rateLimit`, which {@link perAddress} makes. */
export async function addRateLimits(app: App): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (isList(route.schema)) route.config = { cost: 'page', ...route.config };
  });
  await app.register(rateLimit, {
    global: false,
    cache: COUNTED_SENDERS,
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': false,
    },
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
}

/** Returns a route's limit for each address, as all else knows it: what a proxy says may have a port, another one each time. */
export function perAddress(max: number) {
  return { max, timeWindow: MINUTE_MS, keyGenerator: networkOfSender, hook: 'onRequest' as const };
}

/** Counts a request, as its route says or as `cost`; throws `too-many-requests` when it is one too many. */
export type CountRequest = (request: FastifyRequest, cost?: RequestCost) => void;

/** Returns the counters of requests by address and by person, each request as much as it costs. */
export function requestCounters(limits: RateLimits): {
  readonly ofAddress: CountRequest;
  readonly ofPerson: CountRequest;
} {
  return {
    ofAddress: counter(limits.requestsOfAddress, networkOfSender),
    ofPerson: counter(limits.requestsOfPerson, senderOf),
  };
}

/** Returns what counts as the sender of a request: the person, or the network of an address as long as it is not known who it is. */
export function senderOf(request: FastifyRequest): string {
  return request.principal?.userId ?? networkOfSender(request);
}

function networkOfSender(request: FastifyRequest): string {
  return networkOf(addressOf(request) ?? 'unknown');
}

function counter(most: number, nameOf: (request: FastifyRequest) => string): CountRequest {
  const budget = new MinuteBudget(most);
  const budgetToTrade = new MinuteBudget(most);
  return (request, cost = request.routeOptions.config.cost ?? 'usual') => {
    const counted = cost === 'trade' ? budgetToTrade : budget;
    const remainingMs = counted.spend(nameOf(request), REQUEST_COSTS[cost], performance.now());
    if (remainingMs !== undefined) throw tooMany(remainingMs);
  };
}

function isList(schema: FastifySchema | undefined): boolean {
  const query = schema?.querystring;
  if (typeof query !== 'object' || query === null || !('properties' in query)) return false;
  return typeof query.properties === 'object' && query.properties !== null && 'limit' in query.properties;
}

function tooMany(remainingMs: number): Problem {
  return new Problem('too-many-requests', 'More requests than one sender may make in a minute.', {
    retryAfterSeconds: Math.ceil(remainingMs / 1_000),
  });
}
