/** Strategies started, paused, resumed and stopped by their owners. */

import { Type } from 'typebox';
import { STOP_MODES } from '../../core/domain/strategy-lifecycle.ts';
import type { Strategies } from './strategies.ts';
import { StoredStrategyView } from './strategy-view.ts';
import { principalOf } from '../../http/authenticate.ts';
import type { App } from '../../http/route.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';

export interface StrategyLifecycleDependencies {
  readonly strategies: Strategies;
}

/** How a strategy is to be stopped. */
export const StopBody = namedObject(
  'StopStrategy',
  {
    mode: Type.Enum([...STOP_MODES], {
      description:
        'What becomes of its positions: they stay (`keep`), are closed (`close`), or are its own to close, and it makes no new entries until ' +
        'the last one is closed (`drain`). Its entry orders are cancelled in any case.',
    }),
  },
  { additionalProperties: false, examples: [{ mode: 'close' }] },
);

const LIFECYCLE_PROBLEMS = ['not-found', 'invalid-transition', 'conflict', 'account-not-trading'] as const;
const ofOne = {
  access: 'user',
  changes: ['status', 'statusReason', 'startedAt', 'stoppedAt'],
  problems: LIFECYCLE_PROBLEMS,
} as const;

export function registerStrategyLifecycle(app: App, { strategies }: StrategyLifecycleDependencies): void {
  app.post('/strategies/:id/start', {
    config: { ...ofOne, problems: [...LIFECYCLE_PROBLEMS, 'instrument-in-use'] },
    schema: {
      operationId: 'startStrategy',
      summary: 'Start a strategy from nothing; it warms up first',
      tags: ['strategies'],
      params: IdParams,
      response: { 200: StoredStrategyView },
    },
    handler: async (request) =>
      strategies.view(await strategies.start(principalOf(request).userId, request.params.id)),
  });

  app.post('/strategies/:id/pause', {
    config: { ...ofOne, cost: 'trade' },
    schema: {
      operationId: 'pauseStrategy',
      summary: 'Let a running strategy follow prices without acting',
      tags: ['strategies'],
      params: IdParams,
      response: { 200: StoredStrategyView },
    },
    handler: async (request) =>
      strategies.view(await strategies.pause(principalOf(request).userId, request.params.id)),
  });

  app.post('/strategies/:id/resume', {
    config: ofOne,
    schema: {
      operationId: 'resumeStrategy',
      summary: 'Let a paused strategy act again',
      tags: ['strategies'],
      params: IdParams,
      response: { 200: StoredStrategyView },
    },
    handler: async (request) =>
      strategies.view(await strategies.resume(principalOf(request).userId, request.params.id)),
  });

  app.post('/strategies/:id/stop', {
    config: { ...ofOne, cost: 'trade' },
    schema: {
      operationId: 'stopStrategy',
      summary: 'Stop a strategy and keep or close its positions, or let it close them first',
      tags: ['strategies'],
      params: IdParams,
      body: StopBody,
      response: {
        200: {
          ...StoredStrategyView,
          description: 'The strategy; `stopping` or `draining` while its positions are not closed yet.',
        },
      },
    },
    handler: async (request) =>
      strategies.view(
        await strategies.stop(principalOf(request).userId, request.params.id, request.body.mode),
      ),
  });
}
