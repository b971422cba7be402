/** The drift report of a strategy. */

import { Type } from 'typebox';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { IdParams } from '../../http/schemas.ts';
import { driftReport } from './drift-report.ts';
import { DriftView, driftView } from './drift-view.ts';
import type { App } from '../../http/route.ts';
import type { DriftStores } from './drift-report.ts';

export interface DriftRouteDependencies {
  readonly stores: DriftStores;
}

const DriftQuery = Type.Object(
  {
    date: Type.String({
      format: 'date',
      description: 'The trading day, by the date in New York on which it ends at 17:00.',
      examples: ['2026-03-02'],
    }),
  },
  { additionalProperties: false },
);

/** A day of quotes takes some tenths of a second of this process: one after the other. */
const RETRY_SECONDS = 2;

export function registerDriftRoutes(app: App, { stores }: DriftRouteDependencies): void {
  let isRunning = false;
  app.get('/strategies/:id/drift', {
    config: { access: 'user', cost: 'history', problems: ['not-found', 'too-many-requests'] },
    schema: {
      operationId: 'getStrategyDrift',
      summary: 'What a strategy did on a trading day, beside a backtest on the quotes recorded that day',
      description:
        'Every difference of the result is named: spread, slippage, conversion, financing, commission, units, price, how a trade ended, and ' +
        'why a trade was not made or was not expected.',
      tags: ['strategies'],
      params: IdParams,
      querystring: DriftQuery,
      response: { 200: DriftView },
    },
    handler: async (request) => {
      const strategy = await stores.strategies.findOf(principalOf(request).userId, request.params.id);
      if (!strategy) throw new Problem('not-found', 'You have no strategy with this id.');
      if (isRunning) {
        throw new Problem('too-many-requests', 'Another report is being made.', {
          retryAfterSeconds: RETRY_SECONDS,
        });
      }
      isRunning = true;
      try {
        return driftView(await driftReport(stores, strategy, request.query.date));
      } finally {
        isRunning = false;
      }
    },
  });
}
