/** The kinds of value in what people are told, over HTTP and WebSocket alike: decimals and times are text. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { formatPrice } from '../core/domain/instrument.ts';
import { formatMoney } from '../core/domain/money.ts';
import type { Instrument } from '../core/domain/instrument.ts';

export const Id = Type.String({ format: 'uuid' });

/** An instant: RFC 3339, UTC, milliseconds. */
export const Instant = Type.String({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] });

/** A decimal. Text, because a JSON number is read as a double, which cannot hold 0.1. */
export const Decimal = Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', examples: ['1.38676'] });

/** A whole number of units. */
export const Units = Type.Integer({ examples: [1000] });

export const InstrumentName = Type.String({ examples: ['EUR_USD'] });

/** Returns the schema of a value that may be absent. One type of two, because serializers walk alternatives slowly. */
export function orNull<Schema extends TSchema & { readonly type: string }>(schema: Schema) {
  return Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] });
}

/** Returns an instant in UTC ms as the text of {@link Instant}. */
export function instantText(at: number): string {
  return new Date(at).toISOString();
}

/** Returns an instant that may be absent. */
export function instantTextOrNull(at: number | undefined): string | null {
  return at === undefined ? null : instantText(at);
}

/** Returns a price in points that may be absent as decimal text. */
export function priceTextOrNull(instrument: Instrument, points: number | undefined): string | null {
  return points === undefined ? null : formatPrice(instrument, points);
}

/** Returns money in ten-thousandths that may be absent as decimal text. */
export function moneyTextOrNull(money: number | undefined): string | null {
  return money === undefined ? null : formatMoney(money);
}
