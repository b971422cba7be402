/** Price series of everyone, for administrators. */

import { Type } from 'typebox';
import { pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import { Id, Instant, InstrumentName, instantText, lineOfText, orNull } from '../../http/values.ts';
import { administratorOf } from '../../people/administration/user-admin-routes.ts';
import { SearchQuery } from '../../people/administration/user-admin-view.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import type { App } from '../../http/route.ts';
import type { SeriesAdmin } from './series-admin.ts';
import type { AdministeredSeries } from './series-admin-store.ts';

export interface SeriesAdminRouteDependencies {
  readonly seriesAdmin: SeriesAdmin;
}

/** As the column has it. */
export const LONGEST_SOURCE = 255;

const SeriesView = namedObject('PriceSeriesOfPerson', {
  id: Id,
  userId: orNull({ ...Id, description: 'The owner; null is shared by all.' }),
  username: orNull(Type.String()),
  accountId: orNull({ ...Id, description: 'The account whose quotes it records.' }),
  instrument: InstrumentName,
  kind: Type.Enum(['quotes', 'candles'] as const),
  source: Type.String({ description: 'The name of the file it came from, `OANDA` or `recorded`.' }),
  rows: Type.Integer(),
  bytes: Type.Integer({ description: 'Its prices as they are stored.' }),
  createdAt: Instant,
});

const SeriesPatch = namedObject(
  'PriceSeriesChange',
  { source: lineOfText(LONGEST_SOURCE, 'By what people recognise it.') },
  { additionalProperties: false, examples: [{ source: 'Dukascopy, 2025' }] },
);

const VERSION = ['source'];

export function registerSeriesAdminRoutes(app: App, { seriesAdmin }: SeriesAdminRouteDependencies): void {
  app.get('/admin/price-series', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listPriceSeriesOfPeople',
      summary: 'Price series of everyone and the shared ones, newest first',
      tags: ['admin'],
      querystring: SearchQuery,
      response: { 200: pageSchema(SeriesView) },
    },
    handler: async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        seriesAdmin.list(request.query.search, page),
      );
      return { items: rows.map(seriesView), nextCursor };
    },
  });

  app.get('/admin/price-series/:id', {
    config: { access: 'admin', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getPriceSeriesOfPerson',
      summary: 'A price series of anyone',
      tags: ['admin'],
      params: IdParams,
      response: { 200: SeriesView },
    },
    handler: async (request) => seriesView(await seriesAdmin.get(request.params.id)),
  });

  app.patch('/admin/price-series/:id', {
    config: { access: 'admin', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'renamePriceSeriesOfPerson',
      summary: 'Rename a price series of anyone',
      tags: ['admin'],
      params: IdParams,
      body: SeriesPatch,
      response: { 200: SeriesView },
    },
    handler: async (request) =>
      seriesView(
        await seriesAdmin.rename(
          request.params.id,
          request.body.source,
          administratorOf(request),
          preconditionOf(request, seriesView),
        ),
      ),
  });

  app.delete('/admin/price-series/:id', {
    config: {
      access: 'admin',
      changes: ['instrument', 'kind', 'source', 'rows'],
      problems: ['not-found', 'conflict'],
    },
    schema: {
      operationId: 'deletePriceSeriesOfPerson',
      summary: 'Remove a price series of anyone, or a shared one, that no backtest ran on',
      description: 'An import into it ends. A recording begins another series when it continues.',
      tags: ['admin'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await seriesAdmin.delete(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });
}

function seriesView({ createdAt, ...series }: AdministeredSeries) {
  return { ...series, createdAt: instantText(createdAt.getTime()) };
}
