/** Price series as people see them. */

import { Type } from 'typebox';
import type { StoredPriceSeries } from './price-series-store.ts';
import { Id, Instant, instantText, orNull } from '../../http/values.ts';

export const PriceSeriesView = Type.Object({
  id: Id,
  instrument: Type.String({ examples: ['EUR_USD'] }),
  kind: Type.Union([Type.Literal('quotes'), Type.Literal('candles')]),
  granularity: orNull(Type.String({ examples: ['M1'], description: 'Of candles; null for quotes.' })),
  source: Type.String({ description: 'The name of the file it came from.' }),
  isShared: Type.Boolean({ description: 'Whether all users may use it.' }),
  rows: Type.Integer(),
  skippedRows: Type.Integer({ description: 'How many bad rows were left out.' }),
  startsAt: Instant,
  endsAt: Type.String({ format: 'date-time', description: 'The time of the last row.' }),
  createdAt: Instant,
});

export function priceSeriesView(series: StoredPriceSeries) {
  return {
    id: series.id,
    instrument: series.instrument,
    kind: series.kind,
    granularity: series.granularity ?? null,
    source: series.source,
    isShared: series.userId === undefined,
    rows: series.rows,
    skippedRows: series.skippedRows,
    startsAt: instantText(series.startsAt),
    endsAt: instantText(series.endsAt),
    createdAt: instantText(series.createdAt),
  };
}
