/** Price histories: uploaded, listed and removed. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { GRANULARITIES } from '../../core/domain/candle.ts';
import { refuseUnknownInstruments } from '../market-input.ts';
import type { RecordingStore } from '../recording/recording-store.ts';
import type { PriceSeriesStore } from './price-series-store.ts';
import type { PriceSeries } from './price-series.ts';
import type { StoredPriceImport } from '../import/stored-price-import.ts';
import type { PriceImports } from '../import/price-imports.ts';
import { principalOf } from '../../http/authenticate.ts';
import { pageParameters, pageSchema, readPage, listSchema } from '../../http/pagination.ts';
import { API_PREFIX } from '../../http/route.ts';
import type { App } from '../../http/route.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import { refusedQuery } from '../../http/refused-query.ts';
import { EXAMPLE_ID, Id, Instant, parseInstant } from '../../http/values.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import { Problem } from '../../core/shared/problem.ts';
import {
  priceGapView,
  PriceGapView,
  priceSeriesView,
  PriceSeriesView,
  SERIES_VERSION,
} from './price-series-schemas.ts';
import { acceptUploads, readUpload, wrongFileType } from '../../http/uploads.ts';

export interface PriceSeriesRouteDependencies {
  readonly priceSeries: PriceSeries;
  readonly priceImports: PriceImports;
  readonly stores: { readonly priceSeries: PriceSeriesStore; readonly recordings: RecordingStore };
}

const Instrument = Type.String({ maxLength: 32, examples: ['EUR_USD'] });

const UploadQuery = Type.Object(
  {
    instrument: Type.Optional({ ...Instrument, description: 'Needed with a file: what its prices are of.' }),
    skipBad: Type.Optional(
      Type.Boolean({ default: false, description: 'Leave bad rows out instead of refusing the file.' }),
    ),
  },
  { additionalProperties: false },
);

const ImportBody = namedObject(
  'NewPriceImport',
  {
    accountId: { ...Id, description: 'An account at OANDA.' },
    instrument: Instrument,
    granularity: Type.Enum(GRANULARITIES),
    from: { ...Instant, description: 'The candle that this lies in is the first.' },
    to: Type.Optional({ ...Instant, description: 'The last candle has ended by then; now when left out.' }),
    keepUpToDate: Type.Optional(
      Type.Boolean({ default: false, description: 'Add what OANDA has later, each hour; not with `to`.' }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        accountId: EXAMPLE_ID,
        instrument: 'EUR_USD',
        granularity: 'H1',
        from: '2026-01-01T00:00:00Z',
      },
    ],
  },
);

const SeriesPatch = namedObject(
  'OwnPriceSeriesChange',
  { keepUpToDate: Type.Boolean() },
  { additionalProperties: false, examples: [{ keepUpToDate: false }] },
);

const ListQuery = Type.Object(
  { ...pageParameters, instrument: Type.Optional(Instrument) },
  { additionalProperties: false },
);

export function registerPriceSeriesRoutes(app: App, deps: PriceSeriesRouteDependencies): void {
  registerReading(app, deps);
  // The import alone takes files: a scope of its own keeps the others to JSON.
  void app.register(async (uploads: App) => {
    acceptUploads(uploads);
    registerUpload(uploads, deps);
  });
}

function registerUpload(app: App, deps: PriceSeriesRouteDependencies): void {
  app.post('/price-series', {
    config: {
      access: 'user',
      isIdempotent: true,
      takesFile: true,
      cost: 'import',
      problems: [
        'price-data-invalid',
        'payload-too-large',
        'unsupported-media-type',
        'not-found',
        'conflict',
        'limit-reached',
      ],
    },
    schema: {
      operationId: 'importPriceSeries',
      summary: 'Import a price file, whole or not at all, or candles from OANDA',
      description:
        'A CSV file, gzipped or not, with the header `time,bid,ask` or `time,bid_open,bid_high,bid_low,bid_close,ask_open,' +
        'ask_high,ask_low,ask_close`: as the body (`text/csv`, `application/gzip`) or as a file in a form (`multipart/form-data`). ' +
        'With a JSON body, candles of the history of an account at OANDA: answered at once with 202, and filled in the background.',
      tags: ['market'],
      querystring: UploadQuery,
      body: { content: { 'application/json': { schema: ImportBody } } },
      response: { 201: PriceSeriesView, 202: PriceSeriesView },
    },
    // The query is about a file.
    preValidation: async ({ body, query }) => {
      if (body != null && query.instrument !== undefined) throw wrongFileType();
    },
    handler: async (request, reply) => {
      const owner = { id: request.reservedId, userId: principalOf(request).userId };
      const [status, view] =
        request.body == null
          ? ([201, await takeFile(deps, request, owner)] as const)
          : // The body was checked by its schema, as JSON is.
            ([202, await takeImport(deps, request.body as Static<typeof ImportBody>, owner)] as const);
      return reply.code(status).header('location', `${API_PREFIX}/price-series/${view.id}`).send(view);
    },
  });
}

interface NewSeriesOwner {
  readonly id: string;
  readonly userId: string;
}

async function takeFile(
  { priceSeries }: PriceSeriesRouteDependencies,
  request: FastifyRequest<{ Querystring: Static<typeof UploadQuery> }>,
  owner: NewSeriesOwner,
): Promise<Static<typeof PriceSeriesView>> {
  const { instrument, skipBad = false } = request.query;
  if (instrument === undefined) throw refusedQuery('/instrument', 'is needed with a file');
  const { series } = await readUpload(request, ({ name, bytes, digest }) =>
    priceSeries.import({ ...owner, instrument, source: name, skipBad, digest }, bytes),
  );
  return priceSeriesView(series);
}

async function takeImport(
  { priceSeries, priceImports }: PriceSeriesRouteDependencies,
  { accountId, instrument, granularity, from, to, keepUpToDate = false }: Static<typeof ImportBody>,
  owner: NewSeriesOwner,
): Promise<Static<typeof PriceSeriesView>> {
  if (keepUpToDate && to !== undefined)
    throw new Problem('invalid-request', 'The import is not valid.', {
      errors: [
        {
          pointer: '/keepUpToDate',
          detail: 'must not be true with `to`, which ends the series: leave one out',
        },
      ],
    });
  const created = await priceImports.create({
    ...owner,
    seriesOwnerId: owner.userId,
    accountId,
    instrument,
    granularity,
    from: Date.parse(from),
    until: parseInstant(to),
    keepsUpToDate: keepUpToDate,
  });
  return priceSeriesView(await priceSeries.get(owner.userId, created.id), created);
}

function registerReading(
  app: App,
  { priceSeries, priceImports, stores }: PriceSeriesRouteDependencies,
): void {
  app.get('/price-series', {
    config: { access: 'user' },
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
      const imports = await priceImports.ofSeries(rows.map(({ id }) => id));
      const items = rows.map((series) =>
        priceSeriesView(
          series,
          imports.find(({ id }) => id === series.id),
        ),
      );
      return { items, nextCursor };
    },
  });

  app.get('/price-series/:id', {
    config: { access: 'user', versionOf: SERIES_VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getPriceSeries',
      summary: 'One price series',
      tags: ['market'],
      params: IdParams,
      response: { 200: PriceSeriesView },
    },
    handler: async (request) => {
      const { id } = request.params;
      const [filling] = await priceImports.ofSeries([id]);
      return priceSeriesView(await priceSeries.get(principalOf(request).userId, id), filling);
    },
  });

  app.patch('/price-series/:id', {
    config: { access: 'user', versionOf: SERIES_VERSION, problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'changePriceSeries',
      summary: 'Begin or cease to add what OANDA has later to a series that I imported from there',
      tags: ['market'],
      params: IdParams,
      body: SeriesPatch,
      response: { 200: PriceSeriesView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { id } = request.params;
      const series = await priceSeries.get(userId, id);
      const precondition = preconditionOf(request, (filling: StoredPriceImport) =>
        priceSeriesView(series, filling),
      );
      await priceImports.keep(userId, id, request.body.keepUpToDate, precondition);
      const [filling] = await priceImports.ofSeries([id]);
      return priceSeriesView(series, filling);
    },
  });

  app.get('/price-series/:id/gaps', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'listPriceGaps',
      summary: 'The newest 500 times of which a recorded price series lacks quotes, oldest first',
      tags: ['market'],
      params: IdParams,
      response: { 200: listSchema(PriceGapView) },
    },
    handler: async (request) => {
      const series = await priceSeries.get(principalOf(request).userId, request.params.id);
      return { items: (await stores.recordings.gapsOf(series.id)).map(priceGapView) };
    },
  });

  app.delete('/price-series/:id', {
    config: { access: 'user', problems: ['not-found', 'forbidden', 'conflict'] },
    schema: {
      operationId: 'deletePriceSeries',
      summary: 'Remove a price series of mine that no backtest ran on; an import into it ends',
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
