/** What an account holds of one instrument, for its value. */

import { pointWorth } from './money.ts';
import { midPoints } from './quote.ts';
import { addUnits } from './units.ts';
import type { Instrument } from './instrument.ts';
import type { PointWorth } from './money.ts';
import type { Position } from './position.ts';
import type { Quote } from './quote.ts';

/** All open lots of one instrument, and their sums: units, and units times entry price in points; with the newest quote. */
export interface Holding {
  readonly instrument: Instrument;
  readonly pointsPerPrice: number;
  readonly pointWorth: PointWorth;
  readonly lots: Map<number, Position>;
  longUnits: number;
  longCost: number;
  shortUnits: number;
  shortCost: number;
  quote: Quote | undefined;
}

/** Returns the holding of an instrument without lots or a price. */
export function emptyHolding(instrument: Instrument): Holding {
  return {
    instrument,
    pointsPerPrice: 10 ** instrument.pricePrecision,
    pointWorth: pointWorth(instrument),
    lots: new Map(),
    longUnits: 0,
    longCost: 0,
    shortUnits: 0,
    shortCost: 0,
    quote: undefined,
  };
}

/** Adds up the lots after one of them changed. */
export function addUp(holding: Holding): void {
  holding.longUnits = 0;
  holding.longCost = 0;
  holding.shortUnits = 0;
  holding.shortCost = 0;
  for (const { side, openUnits, entryPrice } of holding.lots.values()) {
    if (side === 'long') {
      holding.longUnits = addUnits(holding.longUnits, openUnits);
      holding.longCost += openUnits * entryPrice;
    } else {
      holding.shortUnits = addUnits(holding.shortUnits, openUnits);
      holding.shortCost += openUnits * entryPrice;
    }
  }
}

/** The middle price in the quote currency; undefined when no quote came yet. */
export function midPrice({ quote, pointsPerPrice }: Holding): number | undefined {
  return quote && midPoints(quote) / pointsPerPrice;
}

/** The result of all lots in ten-thousandths of the quote currency, not rounded, when longs close at the bid and shorts at the ask. */
export function openResult(
  { pointWorth: { dividend, divisor }, longUnits, longCost, shortUnits, shortCost }: Holding,
  { bid, ask }: Quote,
): number {
  return ((longUnits * bid - longCost + shortCost - shortUnits * ask) * dividend) / divisor;
}

/** Units times points that the lots gain and lose when longs close at `bid` and shorts at `ask`. */
export function lotResults(
  lots: ReadonlyMap<number, Position>,
  bid: number,
  ask: number,
): { gained: number; lost: number } {
  let gained = 0;
  let lost = 0;
  for (const { side, openUnits, entryPrice } of lots.values()) {
    const result = side === 'long' ? openUnits * (bid - entryPrice) : openUnits * (entryPrice - ask);
    if (result > 0) gained += result;
    else lost -= result;
  }
  return { gained, lost };
}

/** The order of the instruments' names. */
export function byName(a: Holding, b: Holding): number {
  return a.instrument.name < b.instrument.name ? -1 : 1;
}
