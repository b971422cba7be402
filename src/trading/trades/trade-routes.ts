/** Trades: what was closed, and with which result. */

import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { PageRequest } from '../../persistence/page.ts';
import type { TradePageStore } from './trade-page-store.ts';
import type { TradeFilter, TradeStore } from './trade-store.ts';
import { TradeView, tradeView } from './trade-view.ts';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { asCsvFile, CSV_MEDIA_TYPE, csvStream, wantsCsv } from '../../http/csv.ts';
import { timeParameters, timeRange } from '../../http/time-filter.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import { EXIT_REASONS } from '../../core/domain/transaction-reasons.ts';
import { InstrumentText } from '../../prices/market-input.ts';
import { pageParameters, pageSchema, readPage, writtenPage } from '../../http/pagination.ts';
import type { App } from '../../http/route.ts';
import { IdParams } from '../../http/schemas.ts';
import { Id } from '../../http/values.ts';

export interface TradeRouteDependencies {
  readonly stores: { readonly trades: TradeStore; readonly tradePages: TradePageStore };
}

const ListQuery = Type.Object(
  {
    ...pageParameters,
    accountId: Type.Optional(Id),
    strategyId: Type.Optional(Id),
    ...timeParameters('closed (`closedAt`)'),
    instrument: Type.Optional(InstrumentText),
    side: Type.Optional(Type.Enum(POSITION_SIDES)),
    exitReason: Type.Optional(Type.Enum(EXIT_REASONS)),
  },
  { additionalProperties: false },
);

const COLUMNS = Object.keys(TradeView.properties);

export function registerTradeRoutes(
  app: App,
  { stores: { trades, tradePages } }: TradeRouteDependencies,
): void {
  app.get('/trades', {
    config: { access: 'user' },
    schema: {
      operationId: 'listTrades',
      summary: 'My trades, newest first',
      description:
        'With `Accept: text/csv` all of them at once, and neither `limit` nor `cursor` is looked at.',
      tags: ['trades'],
      querystring: ListQuery,
      response: {
        200: {
          description: 'A page of trades, or all of them as CSV.',
          content: {
            'application/json': { schema: pageSchema(TradeView) },
            [CSV_MEDIA_TYPE]: { schema: Type.Unsafe<Readable>({ type: 'string' }) },
          },
        },
      },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const filter = filterOf(request.query);
      if (wantsCsv(request)) {
        asCsvFile(reply, 'trades');
        const read = (page: PageRequest) => trades.listOf(userId, filter, page);
        return reply.send(csvStream(request, COLUMNS, read, tradeView));
      }
      return writtenPage(await readPage(request.query, (page) => tradePages.listOf(userId, filter, page)));
    },
  });

  app.get('/trades/:id', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getTrade',
      summary: 'One trade',
      tags: ['trades'],
      params: IdParams,
      response: { 200: TradeView },
    },
    handler: async (request) => {
      const trade = await trades.findOf(principalOf(request).userId, request.params.id);
      if (!trade) throw new Problem('not-found', 'You have no trade with this id.');
      return tradeView(trade);
    },
  });
}

function filterOf(query: Static<typeof ListQuery>): TradeFilter {
  const { accountId, strategyId, instrument, side, exitReason } = query;
  return { accountId, strategyId, instrument, side, exitReason, closed: timeRange(query) };
}
