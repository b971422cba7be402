/** Imports of candles from the history of an account's broker, each into a price series of its own. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, updatedAt } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { PriceSeriesSchema } from './price-series.ts';
import { UserSchema } from './user.ts';

const PRICE_IMPORT_STATUSES = ['running', 'completed', 'failed'] as const;

export const PriceImportSchema = defineEntity({
  name: 'PriceImportRecord',
  tableName: 'price_imports',
  uniques: [
    {
      // Imports share the broker's limit of requests with trading: one person has one at a time.
      name: 'price_imports_one_running_per_user',
      properties: ['user'],
      where: `status = 'running'`,
    },
  ],
  checks: [{ name: 'price_imports_ends_after_start', expression: 'ends_at > starts_at' }],
  properties: {
    id: id(),
    // An import is gone with its user, its account, and the series that it fills.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade').index(),
    series: p.manyToOne(PriceSeriesSchema).ref().deleteRule('cascade').unique(),
    startsAt: instant(),
    endsAt: instant(),
    status: p.enum(PRICE_IMPORT_STATUSES).default('running'),
    // Why it failed, or what keeps it waiting.
    error: p.text().strictNullable(),
    // Whether a scheduled job adds what its broker has had since; and when that was done last.
    keepsUpToDate: p.boolean().default(false),
    toppedUpAt: instant().strictNullable(),
    // Until then one process works on it; when that process is gone, another one continues afterwards.
    leasedUntil: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class PriceImportRecord extends PriceImportSchema.class {}
PriceImportSchema.setClass(PriceImportRecord);
