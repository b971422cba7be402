/** What an account holds of each instrument, all its open positions together. */

import { present } from '../../core/shared/assert.ts';
import { directionOf } from '../../core/domain/position.ts';
import { subtractUnits, sumUnits } from '../../core/domain/units.ts';
import type { StoredPosition } from './position-store.ts';

/** The open positions of one instrument. `averagePrice` is in points, rounded, of the side that outweighs; absent when none does. */
export interface NetPosition {
  readonly instrument: string;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  /** Long less short. */
  readonly netUnits: number;
  readonly longUnits: number;
  readonly shortUnits: number;
  readonly averagePrice: number | undefined;
}

/** Returns the sum of open positions for each instrument, in order of their names. */
export function netPositions(open: readonly StoredPosition[]): readonly NetPosition[] {
  const byInstrument = Map.groupBy(open, ({ instrument }) => instrument);
  return [...byInstrument].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lots]) => netPosition(lots));
}

function netPosition(lots: readonly StoredPosition[]): NetPosition {
  const { instrument, pricePrecision } = present(lots[0], 'a position in each group');
  const long = lots.filter(({ side }) => directionOf(side) === 1);
  const short = lots.filter(({ side }) => directionOf(side) === -1);
  const longUnits = unitsOf(long);
  const shortUnits = unitsOf(short);
  const netUnits = subtractUnits(longUnits, shortUnits);
  const outweighing = netUnits > 0 ? long : short;
  return {
    instrument,
    pricePrecision,
    netUnits,
    longUnits,
    shortUnits,
    averagePrice: netUnits === 0 ? undefined : averagePrice(outweighing),
  };
}

function unitsOf(lots: readonly StoredPosition[]): number {
  return sumUnits(lots.map(({ openUnits }) => openUnits));
}

function averagePrice(lots: readonly StoredPosition[]): number {
  // Weighted by parts and not by products: units times points may be more than a number holds exactly.
  const units = unitsOf(lots);
  return Math.round(
    lots.reduce((sum, { entryPrice, openUnits }) => sum + entryPrice * (openUnits / units), 0),
  );
}
