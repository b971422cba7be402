/** Accounts: made, limited, halted and closed by their owners. */

import { Type } from 'typebox';
import { clientOf } from '../../http/client.ts';
import { isRealMoney } from '../../core/domain/account.ts';
import type { AccountStore } from './account-store.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { PositionStore } from '../positions/position-store.ts';
import { accountSummary } from './account-summary.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import { ACCOUNT_VERSION, AccountView, accountView } from './account-view.ts';
import { SummaryView, summaryView } from './summary-view.ts';
import { PROOF_PROBLEMS } from '../../people/proof-body.ts';
import { principalOf } from '../../http/authenticate.ts';
import { LIST_BODY_BYTES } from '../../http/body-limits.ts';
import type { App } from '../../http/route.ts';
import { AccountPatch, assertLimitsOf } from './account-body.ts';
import { limitChanges, marginRateFrom } from './account-schemas.ts';
import { registerAccountCommands } from './account-command-routes.ts';
import { registerOpenAccountRoute } from './open-account-routes.ts';
import type { OpenAccountDependencies } from './open-account-routes.ts';
import { IdParams, NoContent } from '../../http/schemas.ts';
import { listSchema } from '../../http/pagination.ts';
import { preconditionOf } from '../../http/preconditions.ts';

export interface AccountRouteDependencies extends OpenAccountDependencies {
  readonly supervisor: AccountSupervisor;
  readonly stores: {
    readonly accounts: AccountStore;
    readonly orders: OrderStore;
    readonly positions: PositionStore;
  };
}

const CHANGE_PROBLEMS = [
  'not-found',
  'conflict',
  'account-not-trading',
  ...PROOF_PROBLEMS,
  'live-limits-missing',
  'broker-token-refused',
  'broker-token-elsewhere',
  'broker-account-forbidden',
  'broker-account-not-supported',
  'broker-unreachable',
  'encryption-key-missing',
] as const;

export function registerAccountRoutes(app: App, deps: AccountRouteDependencies): void {
  registerReading(app, deps);
  registerOpenAccountRoute(app, deps);
  registerChanges(app, deps);
  registerAccountCommands(app, deps);
}

function registerReading(app: App, { accounts, supervisor, stores }: AccountRouteDependencies): void {
  // Named one by one: among all stores there is one of accounts as well.
  const sources = { accounts, supervisor, orders: stores.orders, positions: stores.positions };

  app.get('/accounts', {
    config: { access: 'user' },
    schema: {
      operationId: 'listAccounts',
      summary: 'My accounts, oldest first',
      tags: ['accounts'],
      response: { 200: listSchema(AccountView) },
    },
    handler: async (request) => ({
      items: (await stores.accounts.listOf(principalOf(request).userId)).map(accountView),
    }),
  });

  app.get('/accounts/:id', {
    config: { access: 'user', versionOf: ACCOUNT_VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getAccount',
      summary: 'One account',
      tags: ['accounts'],
      params: IdParams,
      response: { 200: AccountView },
    },
    handler: async (request) =>
      accountView(await accounts.get(principalOf(request).userId, request.params.id)),
  });

  app.get('/accounts/:id/summary', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getAccountSummary',
      summary: 'An account in numbers: money, results of day and week, loss limits, exposure',
      tags: ['accounts'],
      params: IdParams,
      response: { 200: SummaryView },
    },
    handler: async (request) =>
      summaryView(await accountSummary(sources, principalOf(request).userId, request.params.id)),
  });
}

function registerChanges(
  app: App,
  { accounts, accountConnector, passwordProof }: AccountRouteDependencies,
): void {
  app.patch('/accounts/:id', {
    bodyLimit: LIST_BODY_BYTES,
    config: { access: 'user', versionOf: ACCOUNT_VERSION, problems: [...CHANGE_PROBLEMS] },
    schema: {
      operationId: 'changeAccount',
      summary: 'Change name, leverage, limits, recording or token',
      description:
        'Of the limits only those that are named change; null removes one. They hold for the next order. The leverage changes what open positions bind; one that would close them out is refused. ' +
        'A token takes the place of the one before, and the account is started again with it. A token needs `password`; of a live account `waivedLimits` does too.',
      tags: ['accounts'],
      params: IdParams,
      body: AccountPatch,
      response: { 200: AccountView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { name, limits, leverage, token, waivedLimits, recordQuotes, password = '', code } = request.body;
      const { id } = request.params;
      const account = await accounts.get(userId, id);
      assertLimitsOf(account.environment, limits);
      const changesToken = token !== undefined && account.environment !== 'paper';
      if (changesToken || (isRealMoney(account.environment) && waivedLimits))
        await passwordProof.confirm(userId, { password, code }, clientOf(request));
      const { instruments } = await accounts.offerOf(userId, id);
      const changes = {
        name: name?.trim(),
        limits: limits && limitChanges(limits, instruments),
        waivedLimits,
        recordQuotes,
        marginRate: leverage === undefined ? undefined : marginRateFrom(leverage),
      };
      // Before anything changes, because a token that is refused must change nothing.
      const sealed = token === undefined ? undefined : await accountConnector.sealToken(account, token);
      const changed = await accounts.change(userId, id, changes, preconditionOf(request, accountView));
      if (!sealed) return accountView(changed);
      await accountConnector.replaceToken(changed, sealed);
      return accountView(await accounts.get(userId, id));
    },
  });

  app.delete('/accounts/:id', {
    config: {
      access: 'user',
      changes: ['name', 'environment', 'status', 'limits'],
      problems: ['not-found', 'conflict', 'account-not-trading'],
    },
    schema: {
      operationId: 'closeAccount',
      summary: 'Close an account; its history stays',
      description:
        'Refused while a strategy is active, an order rests or is under way, or a position is open. With `drain` those are ended first: ' +
        'strategies stopped, orders cancelled, positions closed. When that takes long the answer is still a conflict; it continues, and ' +
        'the request is to be repeated. With `leave` an account at a broker is only disconnected: its orders and positions stay there as they are.',
      tags: ['accounts'],
      params: IdParams,
      querystring: Type.Object(
        {
          drain: Type.Optional(Type.Boolean({ description: 'End what the account holds first.' })),
          leave: Type.Optional(
            Type.Boolean({
              description: 'Leave orders and positions at the broker; not for a paper account.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const { drain = false, leave = false } = request.query;
      if (leave) await accounts.disconnect(userId, request.params.id);
      else await accounts.closeOwn(userId, request.params.id, { drain });
      return reply.code(204).send();
    },
  });
}
