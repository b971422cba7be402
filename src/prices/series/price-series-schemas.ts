/** Price series as people see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { StoredPriceImport } from '../import/stored-price-import.ts';
import type { PriceGap } from '../recording/recording-store.ts';
import type { StoredPriceSeries } from './price-series-store.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';

const ImportView = namedObject('PriceImport', {
  status: Type.Enum(['running', 'completed', 'failed'] as const),
  accountId: Id,
  from: Instant,
  to: Instant,
  progress: Type.Number({ minimum: 0, maximum: 1, description: 'The part of the time that is imported.' }),
  error: orNull(Type.String({ description: 'Why it failed, or what it waits for.' })),
  toppedUpAt: orNull({ ...Instant, description: 'When what the broker had by then was added last.' }),
});

export const PriceSeriesView = namedObject('PriceSeries', {
  id: Id,
  instrument: Type.String({ examples: ['EUR_USD'] }),
  kind: Type.Union([Type.Literal('quotes'), Type.Literal('candles')]),
  granularity: orNull(Type.String({ examples: ['M1'], description: 'Of candles; null for quotes.' })),
  source: Type.String({ description: 'The name of the file it came from, `OANDA` or `recorded`.' }),
  accountId: orNull(
    Type.String({
      format: 'uuid',
      description: 'The account whose quotes it records; null for what was imported.',
    }),
  ),
  isShared: Type.Boolean({ description: 'Whether all users may use it.' }),
  rows: Type.Integer(),
  skippedRows: Type.Integer({ description: 'How many bad rows were left out.' }),
  startsAt: orNull(Type.String({ format: 'date-time', description: 'Null while there are no rows.' })),
  endsAt: orNull(Type.String({ format: 'date-time', description: 'The time of the last row.' })),
  import: Type.Unsafe<Static<typeof ImportView> | null>({
    ...ImportView,
    type: ['object', 'null'],
    description: 'How its import from OANDA goes; null for a file.',
  }),
  keepUpToDate: orNull(
    Type.Boolean({
      description:
        'Whether what OANDA has later is added each hour, until that fails; null for what was not imported from there.',
    }),
  ),
  createdAt: Instant,
});

/** What can be changed of a series. */
export const SERIES_VERSION = ['keepUpToDate'];

/** Returns a series, with the import that fills it: its rows are those that were read together with the status of the import. */
export function priceSeriesView(series: StoredPriceSeries, priceImport?: StoredPriceImport) {
  const { rows, startsAt, endsAt } = priceImport ? filledBy(priceImport) : series;
  return {
    id: series.id,
    instrument: series.instrument,
    kind: series.kind,
    granularity: series.granularity ?? null,
    source: series.source,
    accountId: series.accountId ?? null,
    isShared: series.userId === undefined,
    rows,
    skippedRows: series.skippedRows,
    startsAt: rows === 0 ? null : instantText(startsAt),
    endsAt: rows === 0 ? null : instantText(endsAt),
    import: priceImport ? importView(priceImport) : null,
    keepUpToDate: priceImport?.keepsUpToDate ?? null,
    createdAt: instantText(series.createdAt),
  };
}

function filledBy({ rows, importedFrom = 0, importedUntil = 0 }: StoredPriceImport) {
  return { rows, startsAt: importedFrom, endsAt: importedUntil };
}

function importView({
  status,
  accountId,
  from,
  until,
  importedUntil,
  error,
  toppedUpAt,
}: StoredPriceImport): Static<typeof ImportView> {
  const part = ((importedUntil ?? from) - from) / (until - from);
  return {
    status,
    accountId,
    from: instantText(from),
    to: instantText(until),
    progress: status === 'completed' ? 1 : Math.min(1, Math.max(0, part)),
    error: error ?? null,
    toppedUpAt: instantTextOrNull(toppedUpAt),
  };
}

/** A time of which a recorded series lacks quotes. */
export const PriceGapView = namedObject('PriceGap', {
  from: Type.String({ format: 'date-time', description: 'The last quote before it.' }),
  to: Type.String({ format: 'date-time', description: 'The first quote after it.' }),
  reason: Type.Enum(['not-recorded', 'connection-lost', 'not-stored'] as const, {
    description:
      'Nothing was recorded (the server or the account did not run, or the instrument was not traded), the stream of prices broke, or quotes came and could not be stored.',
  }),
});

export function priceGapView({ from, until, reason }: PriceGap): Static<typeof PriceGapView> {
  return { from: instantText(from), to: instantText(until), reason };
}
