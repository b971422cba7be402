/** What a request does is done for its sender: the journal says so with each entry. */

import type {
  FastifyRequest,
  onRequestHookHandler,
  onResponseHookHandler,
  preValidationHookHandler,
} from 'fastify';
import { inTurnOf } from '../process/acting.ts';
import { clientOf } from './client.ts';
import { listOf } from './hooks-of-route.ts';
import { isReading } from './route.ts';
import type { Actor } from '../core/shared/actor.ts';
import type { ActingTurn } from '../process/acting.ts';
import type { App } from './route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The stretch of work that the request is; null before its sender is known. */
    actingTurn: ActingTurn | null;
  }
}

/** Begins a request's turn when its sender is known, and ends it with the answer. */
export function actAsSender(app: App): void {
  app.decorateRequest('actingTurn', null);
  app.addHook('onRoute', (route) => {
    // What is only read is many times as much, and passes none of it.
    if ([route.method].flat().every(isReading)) return;
    route.onRequest = [begin, ...listOf(route.onRequest)];
    route.preValidation = [continueTurn, ...listOf(route.preValidation)];
    route.onResponse = [end, ...listOf(route.onResponse)];
  });
}

const begin: onRequestHookHandler = (request, _reply, done) => {
  const turn = {
    acting: { ...clientOf(request), by: actorOf(request), receivedAt: Date.now(), trace: { entries: 0 } },
    isOver: false,
  };
  request.actingTurn = turn;
  inTurnOf(turn, done);
};

/** The body comes in events of its socket, which belong to no request. */
const continueTurn: preValidationHookHandler = ({ actingTurn }, _reply, done) => {
  if (actingTurn) inTurnOf(actingTurn, done);
  else done();
};

const end: onResponseHookHandler = ({ actingTurn }, _reply, done) => {
  if (actingTurn) actingTurn.isOver = true;
  done();
};

function actorOf({ principal, routeOptions }: FastifyRequest): Actor | undefined {
  if (!principal) return undefined;
  const { userId, username, type, keyName } = principal;
  const isAdministrator = routeOptions.config.access === 'admin';
  return { type: isAdministrator ? 'administrator' : 'person', userId, name: username, with: type, keyName };
}
