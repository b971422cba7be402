/** Strategies: made, changed, started and stopped by their owners. */

import { Type } from 'typebox';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import type { AccountStateStore } from '../account-state-store.ts';
import type { Strategies } from './strategies.ts';
import type { StoredStrategy, StrategyStore } from './strategy-store.ts';
import { strategyState } from './strategy-state.ts';
import type { StrategyState } from './strategy-state.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import { StoredStrategyView } from './strategy-view.ts';
import { principalOf } from '../../http/authenticate.ts';
import { pageParameters, pageSchema, readPage } from '../../http/pagination.ts';
import { API_PREFIX } from '../../http/route.ts';
import type { App } from '../../http/route.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import { EXAMPLE_ID, Id, lineOfText, orNull } from '../../http/values.ts';
import { InstrumentText } from '../../prices/market-input.ts';
import { preconditionOf } from '../../http/preconditions.ts';

export interface StrategyRouteDependencies {
  readonly strategies: Strategies;
  readonly supervisor: AccountSupervisor;
  readonly stores: { readonly strategies: StrategyStore; readonly accountStates: AccountStateStore };
}

const Name = lineOfText(100, 'For people.');

/** Each strategy type has a schema of its own, which the service holds the parameters to. */
const ParametersInput = Type.Record(Type.String(), Type.Unknown(), {
  maxProperties: 100,
  description: 'See the parameter schema of the strategy type; what is left out has its default.',
});

const StrategyBody = namedObject(
  'NewStrategy',
  {
    accountId: Id,
    name: Name,
    strategyType: Type.String({ minLength: 1, maxLength: 64, examples: ['ema_cross'] }),
    instrument: InstrumentText,
    parameters: Type.Optional(ParametersInput),
  },
  {
    additionalProperties: false,
    examples: [
      {
        accountId: EXAMPLE_ID,
        name: 'Crossing',
        strategyType: 'ema_cross',
        instrument: 'EUR_USD',
        parameters: { granularity: 'M1', units: 5000 },
      },
    ],
  },
);

const StrategyPatch = namedObject(
  'StrategyChange',
  { name: Type.Optional(Name), parameters: Type.Optional(ParametersInput) },
  { additionalProperties: false, examples: [{ name: 'Crossing, slower' }], minProperties: 1 },
);

const StateView = namedObject('StrategyState', {
  strategyId: Id,
  status: Type.Enum(STRATEGY_STATUSES),
  source: Type.Enum(['live', 'stored', 'none'], {
    description: 'Whether it is of this moment, was stored at some time, or there is none.',
  }),
  stateVersion: orNull(Type.Integer()),
  state: Type.Unknown({
    description: 'What the strategy remembers; its form is that of its type and version.',
  }),
});

const VERSION = ['name', 'parameters'];

export function registerStrategyRoutes(app: App, deps: StrategyRouteDependencies): void {
  registerReading(app, deps);
  registerChanges(app, deps);
}

function registerReading(app: App, { strategies, supervisor, stores }: StrategyRouteDependencies): void {
  // Named one by one: among all stores there is one of strategies as well.
  const sources = { strategies, supervisor, accountStates: stores.accountStates };

  app.get('/strategies', {
    config: { access: 'user' },
    schema: {
      operationId: 'listStrategies',
      summary: 'My strategies, newest first',
      tags: ['strategies'],
      querystring: Type.Object(
        { ...pageParameters, accountId: Type.Optional(Id) },
        { additionalProperties: false },
      ),
      response: { 200: pageSchema(StoredStrategyView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        stores.strategies.listOf(userId, request.query.accountId, page),
      );
      return { items: rows.map((row) => strategies.view(row)), nextCursor };
    },
  });

  app.get('/strategies/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getStrategy',
      summary: 'One strategy',
      tags: ['strategies'],
      params: IdParams,
      response: { 200: StoredStrategyView },
    },
    handler: async (request) =>
      strategies.view(await strategies.get(principalOf(request).userId, request.params.id)),
  });

  app.get('/strategies/:id/state', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getStrategyState',
      summary: 'What a strategy remembers',
      tags: ['strategies'],
      params: IdParams,
      response: { 200: StateView },
    },
    handler: async (request) =>
      stateView(await strategyState(sources, principalOf(request).userId, request.params.id)),
  });
}

function registerChanges(app: App, { strategies }: StrategyRouteDependencies): void {
  app.post('/strategies', {
    config: { access: 'user', isIdempotent: true, problems: ['not-found', 'limit-reached'] },
    schema: {
      operationId: 'createStrategy',
      summary: 'Configure a strategy; it is stopped until it is started',
      tags: ['strategies'],
      body: StrategyBody,
      response: { 201: StoredStrategyView },
    },
    handler: async (request, reply) => {
      const { name, parameters = {}, ...rest } = request.body;
      const { userId } = principalOf(request);
      const strategy = await strategies.create({
        ...rest,
        id: request.reservedId,
        userId,
        name: name.trim(),
        parameters,
      });
      return reply
        .code(201)
        .header('location', `${API_PREFIX}/strategies/${strategy.id}`)
        .send(strategies.view(strategy));
    },
  });

  app.patch('/strategies/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'changeStrategy',
      summary: 'Change name or parameters of a strategy that is not active',
      description: 'Parameters are replaced as a whole.',
      tags: ['strategies'],
      params: IdParams,
      body: StrategyPatch,
      response: { 200: StoredStrategyView },
    },
    handler: async (request) => {
      const { name, parameters } = request.body;
      return strategies.view(
        await strategies.change(
          principalOf(request).userId,
          request.params.id,
          { name: name?.trim(), parameters },
          preconditionOf(request, (stored: StoredStrategy) => strategies.view(stored)),
        ),
      );
    },
  });

  app.delete('/strategies/:id', {
    config: { access: 'user', problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'deleteStrategy',
      summary: 'Remove a strategy that is not active; what it traded stays',
      tags: ['strategies'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await strategies.remove(principalOf(request).userId, request.params.id);
      return reply.code(204).send();
    },
  });
}

function stateView({ strategy, source, stateVersion, state }: StrategyState) {
  return {
    strategyId: strategy.id,
    status: strategy.status,
    source,
    stateVersion: stateVersion ?? null,
    state: state ?? null,
  };
}
