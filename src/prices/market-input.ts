/** Instruments, prices and amounts that people send: read with the precision that each has, and explained when they are wrong. */

import { Type } from 'typebox';
import { parsePrice } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import type { Instrument } from '../core/domain/instrument.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import { Problem } from '../core/shared/problem.ts';
import type { FieldError } from '../core/shared/problem.ts';
import { SENTENCE } from '../http/field-errors.ts';

/** No pair has ever had more digits before the point, and what is stored must fit its column. */
const PRICE_PATTERN = '^\\d{1,6}(\\.\\d{1,15})?$';

/** Returns the schema of a price or a distance between prices on its way in. */
export function priceText(description: string) {
  return Type.String({
    pattern: PRICE_PATTERN,
    description,
    examples: ['1.08765'],
    [SENTENCE]: 'must be a price as text, such as "1.08765"',
  });
}

/** More than any broker offers. */
export const MOST_INSTRUMENTS = 500;

export const InstrumentText = Type.String({ minLength: 1, maxLength: 32, examples: ['EUR_USD'] });

/** Reads fields one after the other and reports all that are wrong in one answer. */
export class BodyFieldReader {
  readonly #errors: FieldError[] = [];

  /** Notes that a field is wrong. */
  refuse(pointer: string, detail: string): void {
    this.#errors.push({ pointer, detail });
  }

  /** Returns the price in points; undefined when there is none, or when it is wrong. */
  price(instrument: Instrument, pointer: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const points = parsePrice(instrument, text);
    if (points === undefined) this.refuse(pointer, describeWrongPrice(instrument, text));
    return points;
  }

  /** The same for a field that null removes. */
  priceOrNull(
    instrument: Instrument,
    pointer: string,
    text: string | null | undefined,
  ): number | null | undefined {
    return text === null ? null : this.price(instrument, pointer, text);
  }

  /** Throws the problem `invalid-request` when anything was wrong. */
  finish(): void {
    if (this.#errors.length > 0)
      throw new Problem('invalid-request', 'The body is not valid.', { errors: this.#errors });
  }
}

/** Returns the instrument with this name, or throws `invalid-request` when it is none of these. */
export function instrumentFrom(
  instruments: Instruments,
  name: string,
  pointer = '/instrument',
  sentence = 'The body is not valid.',
): Instrument {
  const instrument = instruments.find(name);
  if (instrument) return instrument;
  throw new Problem('invalid-request', sentence, { errors: [{ pointer, detail: unknownInstrument(name) }] });
}

/** Returns what is said of a name that no instrument has. */
export function unknownInstrument(name: string): string {
  return `must be one of the names at /api/v1/instruments, with ?accountId=… those of an account; there is no ${name}`;
}

/** The same for the names in a query: one that does not exist would look like one without data. */
export function refuseUnknownInstruments(
  names: readonly string[],
  instruments: Instruments = PAPER_INSTRUMENTS,
): void {
  for (const name of names) instrumentFrom(instruments, name, '/instrument', 'The query is not valid.');
}

function describeWrongPrice({ name, pricePrecision }: Instrument, text: string): string {
  const places = text.split('.')[1]?.length ?? 0;
  if (places > pricePrecision)
    return `must have at most ${pricePrecision} decimal places, as ${name} has; has ${places}`;
  return `must be a price above zero with at most ${pricePrecision} decimal places`;
}
