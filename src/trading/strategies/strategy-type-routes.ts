/** The strategy types there are, with the parameters each takes. */

import { Type } from 'typebox';
import { Problem } from '../../core/shared/problem.ts';
import { namedObject } from '../../http/schemas.ts';
import { listSchema } from '../../http/pagination.ts';
import type { StrategyTypeDescription } from './strategy-types.ts';
import type { App } from '../../http/route.ts';

const StrategyTypeView = namedObject('StrategyType', {
  name: Type.String({ examples: ['ema_cross'] }),
  title: Type.String(),
  description: Type.String(),
  parametersVersion: Type.Integer(),
  parametersSchema: Type.Record(Type.String(), Type.Unknown(), {
    description: 'A JSON schema with a default, bounds and a description for each parameter.',
  }),
});

export interface StrategyTypeRouteDependencies {
  readonly strategyTypes: readonly StrategyTypeDescription[];
}

export function registerStrategyTypeRoutes(app: App, { strategyTypes }: StrategyTypeRouteDependencies): void {
  app.get('/strategy-types', {
    config: { access: 'user' },
    schema: {
      operationId: 'listStrategyTypes',
      summary: 'All strategy types',
      tags: ['strategies'],
      response: { 200: listSchema(StrategyTypeView) },
    },
    handler: () => ({ items: [...strategyTypes] }),
  });

  app.get('/strategy-types/:type', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getStrategyType',
      summary: 'One strategy type',
      tags: ['strategies'],
      params: Type.Object({ type: Type.String({ maxLength: 64 }) }),
      response: { 200: StrategyTypeView },
    },
    handler: (request) => {
      const found = strategyTypes.find(({ name }) => name === request.params.type);
      if (!found) throw new Problem('not-found', 'There is no such strategy type.');
      return found;
    },
  });
}
