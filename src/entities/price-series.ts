/** Stored price histories; the prices themselves are in `price_chunks`. */
import { defineEntity, p } from '@mikro-orm/core';
import { GRANULARITIES } from '../core/domain/candle.ts';
import { createdAt, id, instant, instrument, updatedAt, wholeNumber } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { UserSchema } from './user.ts';

const PRICE_SERIES_KINDS = ['quotes', 'candles'] as const;

export const PriceSeriesSchema = defineEntity({
  name: 'PriceSeriesRecord',
  tableName: 'price_series',
  uniques: [{ properties: ['account', 'instrument'] }],
  indexes: [{ properties: ['user', 'id'] }, { properties: ['instrument', 'kind'] }],
  checks: [
    {
      name: 'price_series_candles_have_granularity',
      expression: `(kind = 'candles') = (granularity is not null)`,
    },
    {
      name: 'price_series_rows_have_times',
      expression: 'rows = 0 or (starts_at is not null and ends_at is not null)',
    },
    { name: 'price_series_ends_after_start', expression: 'ends_at >= starts_at' },
  ],
  properties: {
    id: id(),
    // A private history is deleted with its owner; null is shared by all users.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').strictNullable(),
    // The account whose quotes it records; null for what was imported. The prices stay when the account goes: backtests may have run on them.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('set null').strictNullable(),
    instrument: instrument(),
    kind: p.enum(PRICE_SERIES_KINDS),
    granularity: p.enum(GRANULARITIES).strictNullable(),
    source: p.string().length(255),
    rows: wholeNumber().default(0).check('rows >= 0'),
    startsAt: instant().strictNullable(),
    endsAt: instant().strictNullable(),
    skippedRows: wholeNumber().default(0).check('skipped_rows >= 0'),
    // The SHA-256 of the file, so that a repeated request with another one is not answered with this series.
    fileDigest: p.string().length(64).strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class PriceSeriesRecord extends PriceSeriesSchema.class {}
PriceSeriesSchema.setClass(PriceSeriesRecord);
