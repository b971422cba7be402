/** The kinds of column that many tables share, so that money is money everywhere. */
import { p, Type } from '@mikro-orm/core';
import { randomUUIDv7 } from 'node:crypto';
import { assert } from '../core/shared/assert.ts';
import { MOST_UNITS_PRECISION } from '../core/domain/units.ts';

/** A `bigint` that is a `number` in JavaScript; a value that a double cannot hold exactly fails the read instead of being rounded. */
class SafeIntegerType extends Type<number, string | number> {
  override convertToJSValue(value: string | number): number {
    // References and absent columns reach this with null, whatever the signature says.
    if (value === null || value === undefined) return value;
    const parsed = Number(value);
    assert(Number.isSafeInteger(parsed), `a bigint column held ${value}, which no number can hold exactly`);
    return parsed;
  }

  override compareAsType(): string {
    return 'number';
  }

  override getColumnType(): string {
    return 'bigint';
  }
}

/** The key is made here and not by the database: an order's id must exist before its row does. */
export const id = () =>
  p
    .uuid()
    .primary()
    .onCreate(() => randomUUIDv7());

/** An instant in UTC. Milliseconds, because a JavaScript date holds no more and page cursors must survive the journey. */
export const instant = () => p.datetime(3);

/** When the row was written, by the database's clock. */
export const createdAt = () => instant().defaultRaw('now()');

/** When the row was last changed through the unit of work; statements written by hand set it themselves. */
export const updatedAt = () =>
  instant()
    .defaultRaw('now()')
    .onUpdate(() => new Date());

/** An amount of money as a decimal string with four places. */
export const money = () => p.decimal().precision(20).scale(4);

/** A price or a distance between prices as a decimal string with ten places, which is more than any instrument quotes. */
export const price = () => p.decimal().precision(20).scale(10);

/** A distance in pips as a decimal string. */
export const pips = () => p.decimal().precision(10).scale(2);

/** Transaction ids and other large counts. */
export const wholeNumber = () => p.type(SafeIntegerType);

/** Units, counted in whole steps. The row's {@link unitsPrecision} says of which size. */
export const units = () => wholeNumber();

/** How many digits after the point a step in the row's columns of units has: 3 with 1 are 0.3 units, 3 with 0 are 3. */
export const unitsPrecision = () =>
  p.smallint().default(0).check(`units_precision >= 0 and units_precision <= ${MOST_UNITS_PRECISION}`);

/** An instrument's name, `EUR_USD`. */
export const instrument = () => p.string().length(32);

/** An address or a range, `192.0.2.1` or `192.0.2.0/24`. */
export const ipAddress = () => p.string().columnType('inet');

/** A JSON object; its readers parse it with a schema. */
export const jsonObject = () => p.json<Readonly<Record<string, unknown>>>();

/** Spells a literal list as SQL, `'a', 'b'`, for predicates that must name the same values as the code. */
export const quoted = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');
