/** Accounts and strategies of everyone, for administrators. */

import { Type } from 'typebox';
import { ACCOUNT_STATUSES, ENVIRONMENTS } from '../../core/domain/account.ts';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { Id, InstrumentName, lineOfText, orNull } from '../../http/values.ts';
import { administratorOf } from '../../people/administration/user-admin-routes.ts';
import { SearchQuery } from '../../people/administration/user-admin-view.ts';
import { StopBody } from '../strategies/strategy-lifecycle-routes.ts';
import type { App } from '../../http/route.ts';
import type { AccountAction } from './intervention.ts';
import type { TradingAdmin } from './trading-admin.ts';
import type { AdministeredAccount, AdministeredStrategy } from './trading-admin-store.ts';

export interface TradingAdminRouteDependencies {
  readonly tradingAdmin: TradingAdmin;
}

const HOLD = {
  heldSince: orNull(
    Type.String({ format: 'date-time', description: 'Since when an administrator holds it, if one does.' }),
  ),
  holdReason: orNull(Type.String()),
};

const AccountView = namedObject('AccountOfPerson', {
  id: Id,
  userId: Id,
  username: Type.String(),
  name: Type.String(),
  environment: Type.Enum(ENVIRONMENTS),
  currency: Type.String(),
  status: Type.Enum(ACCOUNT_STATUSES),
  statusReason: orNull(Type.String()),
  ...HOLD,
});

const StrategyView = namedObject('StrategyOfPerson', {
  id: Id,
  accountId: Id,
  userId: Id,
  username: Type.String(),
  name: Type.String(),
  strategyType: Type.String(),
  instrument: InstrumentName,
  status: Type.Enum(STRATEGY_STATUSES),
  ...HOLD,
});

const SUMMARIES: Readonly<Record<AccountAction, string>> = {
  halt: 'Let an account of anyone take no new exposure',
  kill: 'Halt an account of anyone, cancel every order and close every position',
  close: 'Close an account of anyone that holds nothing',
};

const FOLLOWS =
  'The copy of the server that runs it does so within a second; the list and the journal of the owner show it.';
const HOLDS = `${FOLLOWS} When none runs it now, the next one does so before anything else. It lasts until an administrator lifts it.`;

const reason = Type.Optional(lineOfText(500, 'Why; its owner reads it.'));
const ReasonBody = namedObject(
  'AdministratorReason',
  { reason },
  { additionalProperties: false, examples: [{ reason: 'Its broker asked for it.' }] },
);
const StopWithReason = namedObject(
  'StopStrategyOfPerson',
  { ...StopBody.properties, reason },
  { additionalProperties: false, examples: [{ mode: 'close', reason: 'Its broker asked for it.' }] },
);

/** What a hold changes. */
const HELD_FIELDS = ['status', ...Object.keys(HOLD)];

export function registerTradingAdminRoutes(app: App, { tradingAdmin }: TradingAdminRouteDependencies): void {
  app.get('/admin/accounts', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listAccountsOfPeople',
      summary: 'Accounts of everyone that are not closed, newest first',
      tags: ['admin'],
      querystring: SearchQuery,
      response: { 200: pageSchema(AccountView) },
    },
    handler: async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        tradingAdmin.accounts(request.query.search, page),
      );
      return { items: rows.map(accountView), nextCursor };
    },
  });

  registerActions(app, tradingAdmin);
  registerStrategies(app, tradingAdmin);
}

function registerActions(app: App, tradingAdmin: TradingAdmin): void {
  const ofOne = {
    access: 'admin',
    changes: [...HELD_FIELDS, 'statusReason'],
    thingOf: async (id: string) => accountView(await tradingAdmin.account(id)),
  } as const;

  for (const action of ['halt', 'kill'] as const) {
    app.post(`/admin/accounts/:id/${action}`, {
      config: { ...ofOne, cost: 'trade', isBodyOptional: true, problems: ['not-found'] },
      schema: {
        operationId: `${action}AccountOfPerson`,
        summary: SUMMARIES[action],
        description: HOLDS,
        tags: ['admin'],
        params: IdParams,
        body: ReasonBody,
        response: { 202: { ...AccountView, description: 'Asked for; the account as it is now.' } },
      },
      handler: async (request, reply) => {
        const { params, body } = request;
        const account = await tradingAdmin.act(action, params.id, administratorOf(request), body.reason);
        return reply.code(202).send(accountView(account));
      },
    });
  }

  app.post('/admin/accounts/:id/close', {
    config: { ...ofOne, cost: 'trade', problems: ['not-found'] },
    schema: {
      operationId: 'closeAccountOfPerson',
      summary: SUMMARIES.close,
      description: `${FOLLOWS} Nothing happens when none runs it.`,
      tags: ['admin'],
      params: IdParams,
      response: { 202: { ...AccountView, description: 'Asked for; the account as it is now.' } },
    },
    handler: async (request, reply) => {
      const account = await tradingAdmin.act('close', request.params.id, administratorOf(request));
      return reply.code(202).send(accountView(account));
    },
  });

  app.post('/admin/accounts/:id/lift', {
    config: { ...ofOne, problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'liftHoldOfAccount',
      summary: 'Let the owner of an account that an administrator halted or killed resume it',
      tags: ['admin'],
      params: IdParams,
      response: { 200: AccountView },
    },
    handler: async (request) =>
      accountView(await tradingAdmin.liftAccount(request.params.id, administratorOf(request))),
  });
}

function registerStrategies(app: App, tradingAdmin: TradingAdmin): void {
  const ofOne = {
    access: 'admin',
    changes: HELD_FIELDS,
    thingOf: async (id: string) => strategyView(await tradingAdmin.strategy(id)),
  } as const;

  app.get('/admin/strategies', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listStrategiesOfPeople',
      summary: 'Strategies of everyone, newest first',
      tags: ['admin'],
      querystring: SearchQuery,
      response: { 200: pageSchema(StrategyView) },
    },
    handler: async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        tradingAdmin.strategies(request.query.search, page),
      );
      return { items: rows.map(strategyView), nextCursor };
    },
  });

  app.post('/admin/strategies/:id/stop', {
    config: { ...ofOne, cost: 'trade', problems: ['not-found'] },
    schema: {
      operationId: 'stopStrategyOfPerson',
      summary: 'Stop a strategy of anyone',
      description: HOLDS,
      tags: ['admin'],
      params: IdParams,
      body: StopWithReason,
      response: { 202: { ...StrategyView, description: 'Asked for; the strategy as it is now.' } },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      const strategy = await tradingAdmin.stop(params.id, body.mode, administratorOf(request), body.reason);
      return reply.code(202).send(strategyView(strategy));
    },
  });

  app.post('/admin/strategies/:id/lift', {
    config: { ...ofOne, problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'liftHoldOfStrategy',
      summary: 'Let the owner of a strategy that an administrator stopped start it',
      tags: ['admin'],
      params: IdParams,
      response: { 200: StrategyView },
    },
    handler: async (request) =>
      strategyView(await tradingAdmin.liftStrategy(request.params.id, administratorOf(request))),
  });
}

function accountView({ faultCode, faultReason, heldAt, ...account }: AdministeredAccount) {
  const status = faultCode === null ? account.status : ('error' as const);
  return {
    ...account,
    status,
    statusReason: faultReason ?? account.statusReason,
    heldSince: heldAt?.toISOString() ?? null,
  };
}

function strategyView({ heldAt, ...strategy }: AdministeredStrategy) {
  return { ...strategy, heldSince: heldAt?.toISOString() ?? null };
}
