/** Accounts and strategies of everyone, for administrators. */

import { Type } from 'typebox';
import { ACCOUNT_STATUSES, ENVIRONMENTS } from '../../core/domain/account.ts';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams } from '../../http/schemas.ts';
import { Id, InstrumentName, orNull } from '../../http/values.ts';
import { administratorOf } from '../../people/administration/user-admin-routes.ts';
import { SearchQuery } from '../../people/administration/user-admin-view.ts';
import { StopBody } from '../strategies/strategy-lifecycle-routes.ts';
import { ACCOUNT_ACTIONS } from './intervention.ts';
import type { App } from '../../http/route.ts';
import type { AccountAction } from './intervention.ts';
import type { TradingAdmin } from './trading-admin.ts';
import type { AdministeredAccount } from './trading-admin-store.ts';

export interface TradingAdminRouteDependencies {
  readonly tradingAdmin: TradingAdmin;
}

const AccountView = Type.Object({
  id: Id,
  userId: Id,
  username: Type.String(),
  name: Type.String(),
  environment: Type.Enum(ENVIRONMENTS),
  currency: Type.String(),
  status: Type.Enum(ACCOUNT_STATUSES),
  statusReason: orNull(Type.String()),
});

const StrategyView = Type.Object({
  id: Id,
  accountId: Id,
  userId: Id,
  username: Type.String(),
  name: Type.String(),
  strategyType: Type.String(),
  instrument: InstrumentName,
  status: Type.Enum(STRATEGY_STATUSES),
});

const SUMMARIES: Readonly<Record<AccountAction, string>> = {
  halt: 'Let an account of anyone take no new exposure',
  kill: 'Halt an account of anyone, cancel every order and close every position',
  close: 'Close an account of anyone that holds nothing',
};

const FOLLOWS =
  'The copy of the server that runs it does so within a second; the list and the journal of the owner show it. Nothing happens when none runs it.';

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

  for (const action of ACCOUNT_ACTIONS) {
    app.post(`/admin/accounts/:id/${action}`, {
      config: { access: 'admin', cost: 'trade', problems: ['not-found'] },
      schema: {
        operationId: `${action}AccountOfPerson`,
        summary: SUMMARIES[action],
        description: FOLLOWS,
        tags: ['admin'],
        params: IdParams,
        response: { 202: { ...AccountView, description: 'Asked for; the account as it is now.' } },
      },
      handler: async (request, reply) => {
        const account = await tradingAdmin.act(action, request.params.id, administratorOf(request));
        return reply.code(202).send(accountView(account));
      },
    });
  }

  registerStrategies(app, tradingAdmin);
}

function registerStrategies(app: App, tradingAdmin: TradingAdmin): void {
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
      return { items: [...rows], nextCursor };
    },
  });

  app.post('/admin/strategies/:id/stop', {
    config: { access: 'admin', cost: 'trade', problems: ['not-found'] },
    schema: {
      operationId: 'stopStrategyOfPerson',
      summary: 'Stop a strategy of anyone',
      description: FOLLOWS,
      tags: ['admin'],
      params: IdParams,
      body: StopBody,
      response: { 202: { ...StrategyView, description: 'Asked for; the strategy as it is now.' } },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const strategy = await tradingAdmin.stop(id, request.body.mode, administratorOf(request));
      return reply.code(202).send(strategy);
    },
  });
}

function accountView({ faultCode, faultReason, ...account }: AdministeredAccount) {
  const status = faultCode === null ? account.status : ('error' as const);
  return { ...account, status, statusReason: faultReason ?? account.statusReason };
}
