/** The kinds of value at the edge, over HTTP and WebSocket alike: decimals and times are text, in and out. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { formatPrice } from '../core/domain/instrument.ts';
import { formatDecimal } from '../core/shared/decimal.ts';
import { formatMoney } from '../core/domain/money.ts';
import { DAY_MS } from '../core/domain/trading-calendar.ts';
import type { PricePrecision } from '../core/domain/instrument.ts';
import { PATTERN_SENTENCE, SENTENCE } from './field-errors.ts';

/** An id. Any case on its way in; `canonical-ids.ts` makes it lower case. */
export const Id = Type.String({ format: 'uuid' });

/** The id in examples. */
export const EXAMPLE_ID = '0199c2a4-7d3e-7b1a-9c55-2f6d8e1a4b70';

/** The number of a journal entry on its way in. Larger ones than a double holds exactly do not exist. */
export const SequenceInput = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** What text must not contain: control characters, ends of lines, marks that change its direction, and what has no width. */
const UNSEEN = String.raw`\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200B}\u{2060}-\u{2064}\u{FEFF}`;
const HAS_UNSEEN = new RegExp(`[${UNSEEN}]`, 'gu');

/** Returns the schema of one line that a person writes and others read: names, reasons, tags. Not blank, and everything in it can be seen. */
export function lineOfText(maxLength: number, description: string) {
  return Type.String({
    minLength: 1,
    maxLength,
    // Of nothing at all `minLength` speaks.
    pattern: String.raw`^(?:(?=.*\S)[^${UNSEEN}]+)?$`,
    description,
    [PATTERN_SENTENCE]:
      'must be one line of text that can be seen: not blank, no control characters, no marks that change its direction',
  });
}

/** Returns the text without what no {@link lineOfText} may contain. */
export function withoutUnseen(text: string): string {
  return text.replaceAll(HAS_UNSEEN, '');
}

/** An instant: RFC 3339, UTC, milliseconds. No leap seconds, which the format allows and no clock here has. */
export const Instant = Type.String({
  format: 'date-time',
  pattern: '^.{17}[0-5]',
  examples: ['2026-01-31T12:00:00.000Z'],
  [SENTENCE]: 'must be a time such as 2026-01-31T12:00:00Z (RFC 3339)',
});

/** A decimal on its way out. Text, because a JSON number is read as a double, which cannot hold 0.1. */
export const Decimal = Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', examples: ['1.38676'] });

/** Units of an instrument: a JSON number, because the shortest text of its double is the very decimal. */
export const Units = Type.Number({ examples: [1000, 0.1] });

/** A limit or a usual number of units: whole, whatever the instrument. */
export const WholeUnits = Type.Integer({ examples: [1000] });

/** Whole units on their way in: at least one, and no more than any account holds. */
export const WholeUnitsInput = Type.Integer({ minimum: 1, maximum: 1_000_000_000, examples: [1000] });

/** Pips have one digit: the one that points add to them. */
export const PIP_PLACES = 1;

export const InstrumentName = Type.String({ examples: ['EUR_USD'] });

/** How a decimal on its way in may look: at most so many digits before and after the point. */
export interface DecimalForm {
  readonly digits: number;
  readonly places: number;
  readonly description: string;
}

/** Returns the schema of a decimal on its way in that is greater than nothing and fits its column. */
export function positiveDecimal({ digits, places, description }: DecimalForm) {
  return Type.String({
    pattern: `^(?=.*[1-9])\\d{1,${digits}}(\\.\\d{1,${places}})?$`,
    description,
    [SENTENCE]: `must be a decimal as text above 0, such as "2.5", with at most ${digits} digits before the point and ${places} after it`,
  });
}

/** Returns the schema of a value that may be absent. One type of two, because serializers walk alternatives slowly. */
export function orNull<Schema extends TSchema & { readonly type: string }>(schema: Schema) {
  return Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] });
}

/** Returns the text of an {@link Instant} that may be left out as UTC ms. */
export function parseInstant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** The day that was written last, as far as its `T`: most instants are of the same one, and a date takes five times as long to write as a time. */
let lastDay = { day: NaN, text: '' };

/** Returns an instant in UTC ms as the text of {@link Instant}. */
export function instantText(at: number): string {
  const wholeAt = Math.trunc(at);
  const day = Math.floor(wholeAt / DAY_MS);
  if (day !== lastDay.day)
    lastDay = { day, text: new Date(wholeAt).toISOString().slice(0, -'00:00:00.000Z'.length) };
  const ms = wholeAt - day * DAY_MS;
  const seconds = Math.floor(ms / 1_000);
  const [hour, minute] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const fraction = String(ms % 1_000).padStart(3, '0');
  return `${lastDay.text}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[seconds % 60]}.${fraction}Z`;
}

/** Returns an instant that may be absent. */
export function instantTextOrNull(at: number | undefined): string | null {
  return at === undefined ? null : instantText(at);
}

/** Returns a price in points that may be absent as decimal text. */
export function priceTextOrNull(precision: PricePrecision, points: number | undefined): string | null {
  return points === undefined ? null : formatPrice(precision, points);
}

/** Returns pips as decimal text for points, null for undefined. */
export function pipsTextOrNull(points: number | undefined): string | null {
  return points === undefined ? null : formatDecimal(points, PIP_PLACES);
}

/** Returns money in ten-thousandths that may be absent as decimal text. */
export function moneyTextOrNull(money: number | null | undefined): string | null {
  return money == null ? null : formatMoney(money);
}
