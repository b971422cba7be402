/** Why we refuse an order before the broker sees it. */

import type { DenialCode } from './denial-catalogue.ts';
import type { DenialField } from './denial-field.ts';

/**
 * A number that a denial rests on: money in ten-thousandths of the account's currency, prices and distances in points of the request's
 * instrument, spreads in tenths of a pip, durations in ms, instants in UTC ms, positions by their number at the
 * broker; units and counts as they are.
 */
export type DenialNumber =
  | {
      readonly kind: 'money' | 'units' | 'price' | 'pips' | 'duration' | 'instant' | 'position' | 'count';
      readonly value: number;
    }
  | CurrencyNamed;

/** The currency that the numbers are about, where it is not the account's alone. */
interface CurrencyNamed {
  readonly kind: 'currency';
  readonly value: string;
}

/** The numbers of a denial by what each is: `needed`, `available`, `limit`, `price`, … */
export type DenialNumbers = Readonly<Record<string, DenialNumber>>;

/** Why a request is denied: the reason, the field that it is about where it is not the usual one of the reason, and the numbers that it rests on. */
export interface Denial {
  readonly code: DenialCode;
  readonly field?: DenialField | undefined;
  readonly numbers?: DenialNumbers | undefined;
}

/** Returns a currency that numbers of a denial are about. */
export const currencyNamed = (value: string): DenialNumber => ({ kind: 'currency', value });

/** Returns an amount in ten-thousandths as a number of a denial. */
export const moneyNumber = (value: number): DenialNumber => ({ kind: 'money', value });

/** Returns units as a number of a denial. */
export const unitsNumber = (value: number): DenialNumber => ({ kind: 'units', value });

/** Returns a price or distance in points as a number of a denial. */
export const priceNumber = (value: number): DenialNumber => ({ kind: 'price', value });

/** Returns a spread in tenths of a pip as a number of a denial. */
export const pipsNumber = (value: number): DenialNumber => ({ kind: 'pips', value });

/** Returns ms as a number of a denial. */
export const durationNumber = (value: number): DenialNumber => ({ kind: 'duration', value });

/** Returns an instant in UTC ms as a number of a denial. */
export const instantNumber = (value: number): DenialNumber => ({ kind: 'instant', value });

/** Returns how many there are of something as a number of a denial. */
export const countNumber = (value: number): DenialNumber => ({ kind: 'count', value });

/** Returns a position as a number of a denial. */
export const positionNumber = (value: number): DenialNumber => ({ kind: 'position', value });
