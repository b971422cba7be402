/**
 * The fields of what people see, each declared once: what it is of a thing in memory, and in SQL of the thing's row, which is called `stored`.
 * Both are the same JSON, byte by byte. Lists are JSON by the SQL: to read rows and write them again would take three times as much of the
 * thread that trades.
 */

import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { instantTextOrNull, moneyTextOrNull, priceTextOrNull } from '../http/values.ts';
import type { PricePrecision } from '../core/domain/instrument.ts';

/** One field of a view. */
interface ViewField<Stored, Value> {
  readonly of: (stored: Stored) => Value;
  readonly sql: string;
}

/** All fields of a view, in the order of its schema. */
export type ViewFields<View, Stored> = { readonly [Name in keyof View]: ViewField<Stored, View[Name]> };

type OrNull<Value> = Value extends undefined ? null : Value;
type TextOf<Value> = Value extends undefined ? null : string;

/** The digits after the point in prices of built-in instruments, which are not stored for accounts that have no others. */
const BUILT_IN_DIGITS = JSON.stringify(
  Object.fromEntries(PAPER_INSTRUMENTS.list.map(({ name, pricePrecision }) => [name, pricePrecision])),
);
const PRICE_DIGITS = `coalesce(stored.price_precision, ('${BUILT_IN_DIGITS}'::jsonb ->> stored.instrument)::integer, 0)`;

/** ISO 8601, as connections are in UTC. */
const INSTANT_FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Returns what makes views of things in memory. */
export function viewOf<View extends object, Stored>(
  fields: ViewFields<View, Stored>,
): (stored: Stored) => View {
  const entries = Object.entries<ViewField<Stored, View[keyof View]>>(fields);
  const read = entries.map(([name, { of }]) => ({ name: name as keyof View, of }));
  // A copy of an object that has all names is made faster than one to which they are added.
  const blank = Object.fromEntries(entries.map(([name]) => [name, null])) as View;
  return (stored) => {
    const view = { ...blank };
    for (const { name, of } of read) view[name] = of(stored);
    return view;
  };
}

/** Returns the kinds of field for things with such rows. Each names its column, and the value in the thing: undefined where the column is null. */
export function fieldKinds<Stored extends PricePrecision, Row>() {
  type Column = keyof Row & string;
  type Read<Value> = (stored: Stored) => Value;
  return {
    /** A value that is in JSON as it is stored. */
    plain: <Value extends string | boolean | undefined>(column: Column, read: Read<Value>) => ({
      of: (stored: Stored) => (read(stored) ?? null) as OrNull<Value>,
      sql: `stored.${column}`,
    }),
    /** The same, from the first of some columns that is not null. */
    firstOf: <Value extends string | undefined>(columns: readonly Column[], read: Read<Value>) => ({
      of: (stored: Stored) => (read(stored) ?? null) as OrNull<Value>,
      sql: `coalesce(${columns.map((column) => `stored.${column}`).join(', ')})`,
    }),
    /** The same, with a word that stands for null. */
    plainOr: <Value extends string>(
      otherwise: NoInfer<Value>,
      column: Column,
      read: Read<Value | undefined>,
    ) => ({
      of: (stored: Stored): Value => read(stored) ?? otherwise,
      sql: `coalesce(stored.${column}, '${otherwise}')`,
    }),
    /** A whole number that is text in JSON. */
    numberText: <Value extends number | undefined>(column: Column, read: Read<Value>) => ({
      of: (stored: Stored) => (read(stored)?.toString() ?? null) as TextOf<Value>,
      sql: `stored.${column}::text`,
    }),
    /** A price, with the digits of its instrument. More that it has, which is a mistake, are shown and not rounded. */
    price: <Value extends number | undefined>(column: Column, read: Read<Value>) => ({
      of: (stored: Stored) => priceTextOrNull(stored, read(stored)) as TextOf<Value>,
      sql:
        `case when stored.${column} is not null then ` +
        `round(stored.${column}, greatest(${PRICE_DIGITS}, min_scale(stored.${column})))::text end`,
    }),
    /** Money, with the four digits of its column. */
    money: (column: Column, read: Read<number>) => ({
      of: (stored: Stored) => moneyTextOrNull(read(stored)) as string,
      sql: `stored.${column}::text`,
    }),
    /** Units, of the digits that the row says. */
    units: (column: Column, read: Read<number>) => ({
      of: (stored: Stored) => read(stored),
      sql:
        `case stored.units_precision when 0 then stored.${column} ` +
        `else trim_scale(stored.${column} * ('1e-' || stored.units_precision)::numeric) end`,
    }),
    instant: <Value extends number | undefined>(column: Column, read: Read<Value>) => ({
      of: (stored: Stored) => instantTextOrNull(read(stored)) as TextOf<Value>,
      sql: `to_char(stored.${column}, ${INSTANT_FORMAT})`,
    }),
  };
}
