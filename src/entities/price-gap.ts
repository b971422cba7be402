/** Times of which a recorded price series lacks quotes, and why. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, instant } from './columns.ts';
import { PriceSeriesSchema } from './price-series.ts';

const PRICE_GAP_REASONS = ['not-recorded', 'connection-lost', 'not-stored'] as const;

export const PriceGapSchema = defineEntity({
  name: 'PriceGapRecord',
  tableName: 'price_gaps',
  primaryKeys: ['series', 'startsAt'],
  checks: [{ name: 'price_gaps_ends_after_start', expression: 'ends_at > starts_at' }],
  properties: {
    // What is missing in a series is gone with it.
    series: p.manyToOne(PriceSeriesSchema).ref().deleteRule('cascade').primary(),
    // The last quote before it.
    startsAt: instant().primary(),
    // The first quote after it.
    endsAt: instant(),
    reason: p.enum(PRICE_GAP_REASONS),
    createdAt: createdAt(),
  },
});

export class PriceGapRecord extends PriceGapSchema.class {}
PriceGapSchema.setClass(PriceGapRecord);
