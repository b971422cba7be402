/** `/accounts`: what accounts there are, what they hold, what they can trade, and what changed. */

import type { FastifyInstance } from 'fastify';
import { configureAccount } from './configure-account.ts';
import { queryList, queryWhole } from './read-query.ts';
import { requestedAccount } from './requested-account.ts';
import { V20Error, invalidValue, missingParameter } from './v20-error.ts';
import { accountSummary, accountView } from './wire/account-view.ts';
import { changesView, stateView } from './wire/changes-view.ts';
import { instrumentView } from './wire/instrument-view.ts';
import type { Simulator } from './simulator.ts';

export function registerAccountRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.get('/accounts', () => ({
    accounts: simulator.accounts.map(({ spec }) => ({ id: spec.id, tags: [] })),
  }));

  api.get('/accounts/:accountID', (request) => {
    const account = requestedAccount(simulator, request);
    return { account: accountView(account), lastTransactionID: String(account.lastTransactionId) };
  });

  api.get('/accounts/:accountID/summary', (request) => {
    const account = requestedAccount(simulator, request);
    return { account: accountSummary(account), lastTransactionID: String(account.lastTransactionId) };
  });

  api.get('/accounts/:accountID/instruments', (request) => {
    const account = requestedAccount(simulator, request);
    const names = queryList(request, 'instruments');
    const instruments = account.instruments.list.filter(({ name }) => names?.includes(name) ?? true);
    if (names?.some((name) => !account.instruments.find(name))) throw invalidValue('instruments');
    return {
      instruments: instruments.map((instrument) =>
        instrumentView(instrument, account.book.ledger.marginRate),
      ),
      lastTransactionID: String(account.lastTransactionId),
    };
  });

  api.patch('/accounts/:accountID/configuration', (request) => {
    const account = requestedAccount(simulator, request);
    return configureAccount(account, { requestId: request.id, now: simulator.now() }, request.body);
  });

  api.get('/accounts/:accountID/changes', (request) => {
    const account = requestedAccount(simulator, request);
    const sinceId = queryWhole(request, 'sinceTransactionID');
    if (sinceId === undefined) throw missingParameter('sinceTransactionID');
    if (sinceId > account.lastTransactionId)
      throw new V20Error(416, 'The specified transaction ID is beyond the last one');
    return {
      changes: changesView(account, sinceId),
      state: stateView(account),
      lastTransactionID: String(account.lastTransactionId),
    };
  });
}
