/** The 28 major and cross currency pairs, with the numbers that OANDA gives them. */

import { parseDecimal, formatDecimal } from '../shared/decimal.ts';
import { present } from '../shared/assert.ts';

/** The eight currencies that are traded against each other, in the order in which a pair names them. */
export const CURRENCIES = ['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'JPY'] as const;
export type Currency = (typeof CURRENCIES)[number];

/** A pair such as `EUR_USD`: the price of one unit of the base currency in the quote currency. */
export interface Instrument {
  readonly name: string;
  readonly base: Currency;
  readonly quote: Currency;
  /** Digits after the point in a price; one point is 10^-pricePrecision. */
  readonly pricePrecision: number;
  /** One pip is 10^pipLocation in price. */
  readonly pipLocation: number;
  readonly minimumUnits: number;
  readonly maximumOrderUnits: number;
  /** The part of a position's value that must be there as margin. */
  readonly marginRate: number;
  readonly minimumTrailingPoints: number;
  readonly maximumTrailingPoints: number;
}

// ESMA (2018) sets 30:1 for pairs of these currencies and 20:1 for the others; OANDA's European accounts apply it.
const MAJOR_CURRENCIES: ReadonlySet<Currency> = new Set(['EUR', 'GBP', 'USD', 'CAD', 'CHF', 'JPY']);

/** A concatenated text is compared letter by letter; as a property name it is interned, and compared by reference. */
function interned(text: string): string {
  return Object.keys({ [text]: text })[0] ?? text;
}

function describe(base: Currency, quote: Currency): Instrument {
  const pricePrecision = quote === 'JPY' ? 3 : 5;
  const isMajor = MAJOR_CURRENCIES.has(base) && MAJOR_CURRENCIES.has(quote);
  return {
    name: interned(`${base}_${quote}`),
    base,
    quote,
    pricePrecision,
    pipLocation: 1 - pricePrecision,
    minimumUnits: 1,
    maximumOrderUnits: 100_000_000,
    marginRate: isMajor ? 0.0333 : 0.05,
    minimumTrailingPoints: 50,
    maximumTrailingPoints: 100_000,
  };
}

/** Every instrument of the server. */
export const INSTRUMENTS: readonly Instrument[] = CURRENCIES.flatMap((base, index) =>
  CURRENCIES.slice(index + 1).map((quote) => describe(base, quote)),
);

const INSTRUMENTS_BY_NAME = new Map(INSTRUMENTS.map((instrument) => [instrument.name, instrument]));

/** The points in one pip of every instrument here: prices carry one digit more than pips. */
export const POINTS_PER_PIP = 10;

/** Returns the instrument with this name, or undefined. */
export function findInstrument(name: string): Instrument | undefined {
  return INSTRUMENTS_BY_NAME.get(name);
}

/** Returns the instrument with this name; throws InvariantError when there is none, so check names from outside first. */
export function instrumentNamed(name: string): Instrument {
  return present(INSTRUMENTS_BY_NAME.get(name), `instrument ${name}`);
}

/** Returns the price in whole points, or undefined when the text is no positive price of this instrument's precision. */
export function parsePrice(instrument: Instrument, text: string): number | undefined {
  const points = parseDecimal(text, instrument.pricePrecision);
  return points !== undefined && points > 0 ? points : undefined;
}

/** Returns the price as decimal text with the instrument's digits. */
export function formatPrice(instrument: Instrument, points: number): string {
  return formatDecimal(points, instrument.pricePrecision);
}
