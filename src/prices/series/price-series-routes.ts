/** Price histories: uploaded, listed and removed. */

import { Type } from 'typebox';
import { refuseUnknownInstruments } from '../market-input.ts';
import type { PriceSeriesStore } from './price-series-store.ts';
import type { PriceSeries } from './price-series.ts';
import { principalOf } from '../../http/authenticate.ts';
import { pageParameters, pageSchema, readPage } from '../../http/pagination.ts';
import { API_PREFIX } from '../../http/route.ts';
import type { App } from '../../http/route.ts';
import { IdParams, NoContent } from '../../http/schemas.ts';
import { priceSeriesView, PriceSeriesView } from './price-series-schemas.ts';
import { acceptUploads, readUpload } from '../../http/uploads.ts';

export interface PriceSeriesRouteDependencies {
  readonly priceSeries: PriceSeries;
  readonly stores: { readonly priceSeries: PriceSeriesStore };
}

const Instrument = Type.String({ maxLength: 32, examples: ['EUR_USD'] });

const UploadQuery = Type.Object(
  {
    instrument: Instrument,
    skipBad: Type.Optional(
      Type.Boolean({ default: false, description: 'Leave bad rows out instead of refusing the file.' }),
    ),
  },
  { additionalProperties: false },
);

const ListQuery = Type.Object(
  { ...pageParameters, instrument: Type.Optional(Instrument) },
  { additionalProperties: false },
);

export function registerPriceSeriesRoutes(app: App, deps: PriceSeriesRouteDependencies): void {
  registerReading(app, deps);
  // The upload alone takes files: a scope of its own keeps the others to JSON.
  void app.register(async (uploads: App) => {
    acceptUploads(uploads);
    registerUpload(uploads, deps);
  });
}

function registerUpload(app: App, { priceSeries }: PriceSeriesRouteDependencies): void {
  app.post('/price-series', {
    config: {
      isIdempotent: true,
      problems: ['price-data-invalid', 'payload-too-large', 'unsupported-media-type'],
    },
    schema: {
      operationId: 'importPriceSeries',
      summary: 'Import a price file, whole or not at all',
      description:
        'A CSV file, gzipped or not, with the header `time,bid,ask` or `time,bid_open,bid_high,bid_low,bid_close,ask_open,' +
        'ask_high,ask_low,ask_close`: as the body (`text/csv`, `application/gzip`) or as a file in a form (`multipart/form-data`).',
      tags: ['market'],
      consumes: ['text/csv', 'application/gzip', 'multipart/form-data'],
      querystring: UploadQuery,
      response: { 201: PriceSeriesView },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const { instrument, skipBad = false } = request.query;
      const { series } = await readUpload(request, ({ name, bytes }) =>
        priceSeries.import({ id: request.reservedId, userId, instrument, source: name, skipBad }, bytes),
      );
      return reply
        .code(201)
        .header('location', `${API_PREFIX}/price-series/${series.id}`)
        .send(priceSeriesView(series));
    },
  });
}

function registerReading(app: App, { priceSeries, stores }: PriceSeriesRouteDependencies): void {
  app.get('/price-series', {
    schema: {
      operationId: 'listPriceSeries',
      summary: 'My price series and the shared ones, newest first',
      tags: ['market'],
      querystring: ListQuery,
      response: { 200: pageSchema(PriceSeriesView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { instrument } = request.query;
      refuseUnknownInstruments(instrument === undefined ? [] : [instrument]);
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        stores.priceSeries.listFor(userId, instrument, page),
      );
      return { items: rows.map(priceSeriesView), nextCursor };
    },
  });

  app.get('/price-series/:id', {
    config: { problems: ['not-found'] },
    schema: {
      operationId: 'getPriceSeries',
      summary: 'One price series',
      tags: ['market'],
      params: IdParams,
      response: { 200: PriceSeriesView },
    },
    handler: async (request) =>
      priceSeriesView(await priceSeries.get(principalOf(request).userId, request.params.id)),
  });

  app.delete('/price-series/:id', {
    config: { problems: ['not-found', 'forbidden', 'conflict'] },
    schema: {
      operationId: 'deletePriceSeries',
      summary: 'Remove a price series of mine that no backtest ran on',
      tags: ['market'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await priceSeries.remove(principalOf(request).userId, request.params.id);
      return reply.code(204).send();
    },
  });
}
