/** Health probes: whether the process runs, and whether it answers requests. */

import { Type } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import { namedObject } from './schemas.ts';
import type { Readiness } from './readiness.ts';
import type { App } from './route.ts';

/** A start takes a second or two; a database that is being upgraded takes longer. */
const RETRY_SECONDS = 2;

const Health = namedObject('Health', {
  status: Type.Enum(['starting', 'ready', 'stopping', 'failed']),
  phase: Type.String({ description: 'What the server does now, such as "migrating".' }),
  elapsedMs: Type.Integer({ description: 'How long the phase has lasted.' }),
  migration: Type.Optional(Type.String({ description: 'The migration that runs.' })),
  index: Type.Optional(Type.Integer({ description: 'Which of those to be applied it is, from 1.' })),
  total: Type.Optional(Type.Integer({ description: 'How many are to be applied.' })),
  blockedBy: Type.Optional(Type.String({ description: 'Who holds what is waited for.' })),
  reason: Type.Optional(Type.String({ description: 'Why the start failed, and what to do.' })),
});

/** Refuses everything but probes until the server is ready, and again when it stops. */
export function refuseUntilReady(app: App, readiness: Readiness): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (readiness.isReady || request.routeOptions.config.isProbe === true) return done();
    // The connection of a server that stops would only be cut later.
    if (readiness.status === 'stopping') void reply.header('connection', 'close');
    return done(notReady(readiness));
  });
  // What was begun before the stop is answered; its connection would otherwise be kept for the next request, and the server with it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.status === 'stopping') void reply.header('connection', 'close');
    done(null, payload);
  });
}

function notReady({ status, phase }: Readiness): Problem {
  const facts = { retryAfterSeconds: RETRY_SECONDS };
  if (status === 'stopping') return new Problem('shutting-down', 'The server is stopping.', facts);
  if (status === 'failed') return new Problem('not-ready', 'The server could not start. See /readyz.', facts);
  return new Problem('not-ready', `The server is starting: ${phase}.`, facts);
}

export interface HealthDependencies {
  readonly readiness: Readiness;
  /** Why a server that has started should get no requests now, if there is a reason. Those that come all the same are answered. */
  readonly obstacle: () => Problem | undefined;
}

export function registerHealthRoutes(app: App, { readiness, obstacle }: HealthDependencies): void {
  const watching = {
    config: { access: 'public', isProbe: true, problems: ['database-unavailable', 'not-ready'] },
    logLevel: 'warn',
    exposeHeadRoute: true,
  } as const;

  app.get('/livez', {
    ...watching,
    schema: {
      operationId: 'getLiveness',
      summary: 'Whether the process lives',
      tags: ['health'],
      response: {
        200: namedObject('Liveness', { status: Type.Literal('live') }, { description: 'It does.' }),
      },
    },
    handler: () => ({ status: 'live' as const }),
  });

  app.get('/readyz', {
    ...watching,
    schema: {
      operationId: 'getReadiness',
      summary: 'Whether the server answers requests, and if not, how far it is',
      tags: ['health'],
      response: {
        200: { ...Health, description: 'It does.' },
        503: { ...Health, description: 'Not yet, or not any more.' },
      },
    },
    handler: async (_request, reply) => {
      const { status, phase, elapsedMs, details } = readiness;
      const health = { status, phase, elapsedMs, ...details };
      if (readiness.isReady) {
        const problem = obstacle();
        if (problem) throw problem;
        return reply.code(200).send(health);
      }
      return reply.code(503).header('retry-after', String(RETRY_SECONDS)).send(health);
    },
  });
}
