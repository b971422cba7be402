/** What a request does is done for its sender: the journal says so with each entry. */

import type { FastifyRequest } from 'fastify';
import { inTurnOf } from '../process/acting.ts';
import { clientOf } from './client.ts';
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
  app.addHook('onRequest', (request, _reply, done) => {
    // What is only read is many times as much.
    if (isReading(request.method)) return done();
    const turn = {
      acting: { ...clientOf(request), by: actorOf(request), receivedAt: Date.now(), trace: { entries: 0 } },
      isOver: false,
    };
    request.actingTurn = turn;
    inTurnOf(turn, done);
  });
  // The body comes in events of its socket, which belong to no request.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.actingTurn) inTurnOf(request.actingTurn, done);
    else done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    if (request.actingTurn) request.actingTurn.isOver = true;
    done();
  });
}

function actorOf({ principal, routeOptions }: FastifyRequest): Actor | undefined {
  if (!principal) return undefined;
  const { userId, username, type, keyName } = principal;
  const isAdministrator = routeOptions.config.access === 'admin';
  return { type: isAdministrator ? 'administrator' : 'person', userId, name: username, with: type, keyName };
}
