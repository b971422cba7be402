/** Prices of a series in compressed columns, some ten thousand rows a chunk. */
import { defineEntity, p } from '@mikro-orm/core';
import { instant } from './columns.ts';
import { PriceSeriesSchema } from './price-series.ts';

export const PriceChunkSchema = defineEntity({
  name: 'PriceChunkRecord',
  tableName: 'price_chunks',
  primaryKeys: ['series', 'ordinal'],
  checks: [{ name: 'price_chunks_ends_after_start', expression: 'ends_at >= starts_at' }],
  properties: {
    // The prices are the series.
    series: p.manyToOne(PriceSeriesSchema).ref().deleteRule('cascade').primary(),
    ordinal: p.integer().primary().check('ordinal >= 0'),
    startsAt: instant(),
    endsAt: instant(),
    rows: p.integer().check('rows > 0'),
    data: p.blob(),
  },
});

export class PriceChunkRecord extends PriceChunkSchema.class {}
PriceChunkSchema.setClass(PriceChunkRecord);
