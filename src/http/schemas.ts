/** The kinds of value that many answers and requests share. */

import { Type } from 'typebox';
import { SENTENCE } from './field-errors.ts';

export const Uuid = Type.String({ format: 'uuid' });

/** An instant on its way out: RFC 3339, UTC, milliseconds. */
export const Timestamp = Type.String({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] });

/** A decimal on its way out. Text, because a JSON number is read as a double, which cannot hold 0.1. */
export const DecimalString = Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', examples: ['1.38676'] });

/** A whole number of units: a JSON number, because every one of them is exact. */
export const Units = Type.Integer({ minimum: 1, maximum: 1_000_000_000, examples: [1000] });

/** How a decimal on its way in may look: at most so many digits before and after the point. */
export interface DecimalForm {
  readonly digits: number;
  readonly places: number;
  readonly description: string;
}

/** Returns the schema of a decimal on its way in that is greater than nothing and fits its column. */
export function positiveDecimal({ digits, places, description }: DecimalForm) {
  const fraction = places === 0 ? '' : `(\\.\\d{1,${places}})?`;
  const kind = places === 0 ? 'a whole number' : `a decimal with at most ${places} decimal places`;
  return Type.String({
    pattern: `^(?=.*[1-9])\\d{1,${digits}}${fraction}$`,
    description,
    [SENTENCE]: `must be text with ${kind} above zero and at most ${digits} digits before the point, such as "1000"`,
  });
}

/** Returns the schema of something that may be absent. */
export function orNull<Schema extends ReturnType<typeof Type.String>>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** The path parameter of everything that has an id. */
export const IdParams = Type.Object({ id: Uuid });

/** An answer without a body. */
export const NoContent = Type.Unsafe<undefined>({
  type: 'null',
  description: 'Done; there is nothing to tell.',
});

/** Returns an instant in UTC ms as the text of {@link Timestamp}. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** Returns an instant that may be absent. */
export function timestampOrNull(at: number | undefined): string | null {
  return at === undefined ? null : timestamp(at);
}
