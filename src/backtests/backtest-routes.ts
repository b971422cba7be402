/** Backtests: requested, watched, cancelled, removed, and their reports. */

import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { BacktestReportStore } from './backtest-report-store.ts';
import type { BacktestStore, StoredBacktest } from './backtest-store.ts';
import type { Backtests } from './backtests.ts';
import { Problem } from '../core/shared/problem.ts';
import { principalOf } from '../http/authenticate.ts';
import {
  badCursor,
  decodeCursor,
  encodeCursor,
  limitOf,
  pageParameters,
  pageSchema,
  readPage,
} from '../http/pagination.ts';
import { LIST_BODY_BYTES } from '../http/body-limits.ts';
import { API_PREFIX } from '../http/route.ts';
import type { App } from '../http/route.ts';
import {
  backtestResultsView,
  BacktestResultsView,
  backtestTradeView,
  BacktestTradeView,
  equityCurveView,
  EquityCurveView,
} from './backtest-report-schemas.ts';
import {
  BacktestBody,
  backtestRequest,
  BacktestStatusQuery,
  backtestView,
  BacktestView,
} from './backtest-schemas.ts';
import { IdParams, NoContent } from '../http/schemas.ts';

export interface BacktestRouteDependencies {
  readonly backtests: Backtests;
  readonly stores: { readonly backtests: BacktestStore; readonly backtestReports: BacktestReportStore };
}

const TRADE_CURSOR = 'backtest-trade';
const LARGEST_ORDINAL = 2 ** 31 - 1;

const ListQuery = Type.Object(
  {
    ...pageParameters,
    status: Type.Optional(BacktestStatusQuery),
    specHash: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Backtests with equal results.' }),
    ),
  },
  { additionalProperties: false },
);

export function registerBacktestRoutes(app: App, deps: BacktestRouteDependencies): void {
  registerRequests(app, deps);
  registerReading(app, deps);
  registerReports(app, deps);
}

function registerRequests(app: App, { backtests }: BacktestRouteDependencies): void {
  app.post('/backtests', {
    bodyLimit: LIST_BODY_BYTES,
    config: {
      access: 'user',
      isIdempotent: true,
      cost: 'backtest',
      problems: ['conflict', 'limit-reached'],
    },
    schema: {
      operationId: 'createBacktest',
      summary: 'Request a backtest; it runs when its turn comes',
      tags: ['backtests'],
      body: BacktestBody,
      response: { 202: BacktestView },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const backtest = await backtests.create({
        ...backtestRequest(request.body),
        id: request.reservedId,
        userId,
      });
      return reply
        .code(202)
        .header('location', `${API_PREFIX}/backtests/${backtest.id}`)
        .send(backtestView(backtest));
    },
  });

  app.post('/backtests/:id/cancel', {
    config: { access: 'user', problems: ['not-found', 'invalid-transition'] },
    schema: {
      operationId: 'cancelBacktest',
      summary: 'Cancel a backtest that is not finished',
      tags: ['backtests'],
      params: IdParams,
      response: { 200: BacktestView },
    },
    handler: async (request) =>
      backtestView(await backtests.cancel(principalOf(request).userId, request.params.id)),
  });

  app.delete('/backtests/:id', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'deleteBacktest',
      summary: 'Remove a backtest with its report',
      tags: ['backtests'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await backtests.remove(principalOf(request).userId, request.params.id);
      return reply.code(204).send();
    },
  });
}

function registerReading(app: App, { backtests, stores }: BacktestRouteDependencies): void {
  app.get('/backtests', {
    config: { access: 'user' },
    schema: {
      operationId: 'listBacktests',
      summary: 'My backtests, newest first',
      tags: ['backtests'],
      querystring: ListQuery,
      response: { 200: pageSchema(BacktestView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { status, specHash } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        stores.backtests.listOf(userId, { status, specHash }, page),
      );
      return { items: rows.map(backtestView), nextCursor };
    },
  });

  app.get('/backtests/:id', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getBacktest',
      summary: 'One backtest and how far it has come',
      tags: ['backtests'],
      params: IdParams,
      response: { 200: BacktestView },
    },
    handler: async (request) =>
      backtestView(await backtests.get(principalOf(request).userId, request.params.id)),
  });
}

function registerReports(
  app: App,
  { backtests, stores: { backtestReports } }: BacktestRouteDependencies,
): void {
  const ownBacktest = (request: FastifyRequest, id: string) => backtests.get(principalOf(request).userId, id);

  app.get('/backtests/:id/results', {
    config: { access: 'user', problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'getBacktestResults',
      summary: 'The numbers of a completed backtest',
      tags: ['backtests'],
      params: IdParams,
      response: { 200: BacktestResultsView },
    },
    handler: async (request) => {
      const backtest = await ownBacktest(request, request.params.id);
      const results = await backtestReports.resultsOf(backtest.userId, backtest.id);
      return backtestResultsView(results ?? withoutReport(backtest));
    },
  });

  app.get('/backtests/:id/equity', {
    config: { access: 'user', problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'getBacktestEquity',
      summary: 'The equity curve of a completed backtest',
      tags: ['backtests'],
      params: IdParams,
      response: { 200: EquityCurveView },
    },
    handler: async (request) => {
      const backtest = await ownBacktest(request, request.params.id);
      return equityCurveView(
        (await backtestReports.curveOf(backtest.userId, backtest.id)) ?? withoutReport(backtest),
      );
    },
  });

  app.get('/backtests/:id/trades', {
    config: { access: 'user', problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'listBacktestTrades',
      summary: 'The trades of a completed backtest, in the order in which they closed',
      tags: ['backtests'],
      params: IdParams,
      querystring: Type.Object(pageParameters, { additionalProperties: false }),
      response: { 200: pageSchema(BacktestTradeView) },
    },
    handler: async (request) => {
      const backtest = await ownBacktest(request, request.params.id);
      if (backtest.status !== 'completed') withoutReport(backtest);
      const limit = limitOf(request.query);
      const after = request.query.cursor === undefined ? undefined : ordinalFrom(request.query.cursor);
      // One trade more than asked for shows whether a page follows.
      const trades = await backtestReports.tradesOf(backtest.userId, backtest.id, {
        limit: limit + 1,
        after,
      });
      const last = trades.length > limit ? trades[limit - 1] : undefined;
      return {
        items: trades.slice(0, limit).map(backtestTradeView),
        nextCursor: last ? encodeCursor(TRADE_CURSOR, [String(last.ordinal)]) : null,
      };
    },
  });
}

function ordinalFrom(cursor: string): number {
  const [text = ''] = decodeCursor(TRADE_CURSOR, cursor, 1);
  const ordinal = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(ordinal <= LARGEST_ORDINAL)) throw badCursor();
  return ordinal;
}

function withoutReport({ status }: StoredBacktest): never {
  throw new Problem('conflict', `The backtest is ${status}; only completed ones have a report.`);
}
