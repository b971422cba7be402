/** What an account holds of each instrument, all its open positions together. */

import { present } from '../../core/shared/assert.ts';
import { subtractUnits, sumUnits } from '../../core/domain/units.ts';
import type { PositionSide } from '../../core/domain/position.ts';
import type { PositionValue } from '../../core/domain/position-value.ts';
import type { StoredPosition } from './position-store.ts';

/** An open position with what it is worth now, if that is known. */
export interface ValuedPosition {
  readonly position: StoredPosition;
  readonly value: PositionValue | undefined;
}

/**
 * The open positions of one instrument. `averagePrice` is in points, rounded, of the side that outweighs; absent when none does.
 * `price` is where that side would close now, and `unrealizedPnl` the result of all, where that is known.
 */
export interface NetPosition {
  readonly instrument: string;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  /** Long less short. */
  readonly netUnits: number;
  readonly longUnits: number;
  readonly shortUnits: number;
  readonly averagePrice: number | undefined;
  readonly price: number | undefined;
  readonly unrealizedPnl: number | undefined;
}

/** Returns the sum of open positions for each instrument, in order of their names. */
export function netPositions(open: readonly ValuedPosition[]): readonly NetPosition[] {
  const byInstrument = Map.groupBy(open, ({ position }) => position.instrument);
  return [...byInstrument].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lots]) => netPosition(lots));
}

function netPosition(lots: readonly ValuedPosition[]): NetPosition {
  const { instrument, pricePrecision } = present(lots[0], 'a position in each group').position;
  const long = lotsOf(lots, 'long');
  const short = lotsOf(lots, 'short');
  const longUnits = unitsOf(long);
  const shortUnits = unitsOf(short);
  const netUnits = subtractUnits(longUnits, shortUnits);
  const outweighing = netUnits === 0 ? [] : netUnits > 0 ? long : short;
  return {
    instrument,
    pricePrecision,
    netUnits,
    longUnits,
    shortUnits,
    averagePrice: averagePrice(outweighing),
    price: outweighing[0]?.value?.price,
    unrealizedPnl: unrealizedPnl(lots),
  };
}

function lotsOf(lots: readonly ValuedPosition[], side: PositionSide): readonly ValuedPosition[] {
  return lots.filter(({ position }) => position.side === side);
}

function unitsOf(lots: readonly ValuedPosition[]): number {
  return sumUnits(lots.map(({ position }) => position.openUnits));
}

function averagePrice(lots: readonly ValuedPosition[]): number | undefined {
  if (lots.length === 0) return undefined;
  // Weighted by parts and not by products: units times points may be more than a number holds exactly.
  const units = unitsOf(lots);
  return Math.round(
    lots.reduce((sum, { position }) => sum + position.entryPrice * (position.openUnits / units), 0),
  );
}

function unrealizedPnl(lots: readonly ValuedPosition[]): number | undefined {
  let sum = 0;
  for (const { value } of lots) {
    if (value === undefined) return undefined;
    sum += value.unrealizedPnl;
  }
  return sum;
}
