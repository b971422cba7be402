/** What trading costs in the simulation, besides the spread that is in the quotes. */

import { assert } from '../shared/assert.ts';
import { bookMoney } from '../domain/money.ts';
import { bucketsError } from './depth.ts';
import type { FinancingRates } from '../domain/instrument.ts';
import type { Depth } from './depth.ts';

/** The costs that are no part of a quote. */
export interface CostModel {
  /** Points by which a fill is worse than the price in force; orders that name their price (limit, take profit) are spared. */
  readonly slippagePoints: number;
  /** Ten-thousandths of the account's currency for a million units, on each fill. */
  readonly commissionPerMillion: number;
  /** The part by which converting a result is worse than the middle rate, both ways. */
  readonly conversionMarkup: number;
  /** Whether holding overnight is charged, and at which rates instead of the instrument's; charged at those when left out. */
  readonly financing?: boolean | FinancingRates | undefined;
  /** How much the market takes at which price; an order of any size fills at the best one when left out. */
  readonly depth?: Depth | undefined;
}

/** A tenth: a markup above it is a slip of the keyboard. */
export const LARGEST_MARKUP = 0.1;

/** The whole value in a year, either way: a rate beyond it was meant as percent. */
export const LARGEST_RATE = 1;

/** OANDA's standard account: all in the spread, and half a percent on conversion (since about 2021). */
export const DEFAULT_COSTS: CostModel = {
  slippagePoints: 0,
  commissionPerMillion: 0,
  conversionMarkup: 0.005,
  financing: true,
};

/** Throws InvariantError for costs that no fill could be booked with; anyone who takes them from outside checks them first. */
export function checkCosts({
  slippagePoints,
  commissionPerMillion,
  conversionMarkup,
  financing,
  depth = {},
}: CostModel): void {
  assert(
    Number.isSafeInteger(slippagePoints) && slippagePoints >= 0,
    `whole slippage points were wanted, was ${slippagePoints}`,
  );
  assert(commissionPerMillion >= 0, `a commission of at least 0 was wanted, was ${commissionPerMillion}`);
  assert(
    conversionMarkup >= 0 && conversionMarkup <= LARGEST_MARKUP,
    `a markup from 0 to ${LARGEST_MARKUP} was wanted, was ${conversionMarkup}`,
  );
  for (const [instrument, buckets] of Object.entries(depth)) {
    const error = bucketsError(buckets);
    assert(error === undefined, `the depth of ${instrument} ${error}`);
  }
  assert(isFinancing(financing), `rates from -${LARGEST_RATE} to ${LARGEST_RATE} were wanted`);
}

/** Returns whether rates, if there are any, are ones that financing can be charged at. */
export function isFinancing(financing: CostModel['financing']): boolean {
  if (typeof financing !== 'object') return true;
  return [financing.longRate, financing.shortRate].every((rate) => Math.abs(rate) <= LARGEST_RATE);
}

/** Returns the commission of one fill in ten-thousandths, rounded. */
export function commissionFor({ commissionPerMillion }: CostModel, units: number): number {
  return bookMoney((units * commissionPerMillion) / 1_000_000);
}
