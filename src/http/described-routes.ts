/** What every route says of itself for the description of the API. */

import type { FastifySchema, RouteOptions } from 'fastify';
import { assert } from '../core/shared/assert.ts';

/** What routes are grouped by. */
export const TAGS = {
  auth: 'Signing up, in and out',
  me: 'The person who is signed in',
  settings: 'Defaults and notifications of a person',
  accounts: 'Money at a broker',
  market: 'Instruments, candles and stored prices',
  strategies: 'Strategy types, and strategies on accounts',
  orders: 'Orders',
  positions: 'Open positions',
  trades: 'Completed round trips',
  backtests: 'Strategies on stored prices',
  events: 'The journal',
  notifications: 'What a person is notified of',
  admin: 'For administrators',
  health: 'For monitoring the server',
} as const;

/** A route without a description would not be found, or would be used wrongly. */
export function assertDescribed({ method, url, schema }: RouteOptions): void {
  if (schema?.hide === true || method === 'HEAD' || method === 'OPTIONS') return;
  const name = `${String(method)} ${url}`;
  assert(schema?.operationId, `an operationId of ${name}`);
  assert(schema.summary, `a summary of ${name}`);
  assert(
    schema.tags?.every((tag) => Object.hasOwn(TAGS, tag)),
    `tags of ${name} that described-routes.ts knows`,
  );
  const statuses = Object.keys(responsesOf(schema));
  assert(
    statuses.some((status) => status.startsWith('2')),
    `a schema of the success of ${name}`,
  );
}

/** Returns the schemas of the answers of a route, by status. */
export function responsesOf({ response }: FastifySchema): Record<string, unknown> {
  return typeof response === 'object' && response !== null ? { ...response } : {};
}
