/** Which lots a fill closes, and what it opens. */

import { mayOpen, oppositeSide, reducesFirst } from '../domain/order.ts';
import { openingSide } from '../domain/position.ts';
import { subtractUnits, sumUnits } from '../domain/units.ts';
import type { Ledger, LedgerOrder } from '../domain/ledger.ts';
import type { Position } from '../domain/position.ts';

/** The part of a lot that a fill closes. */
export interface PlannedClosing {
  readonly position: Position;
  readonly units: number;
}

/** What becomes of an order's units. */
export interface FillPlan {
  readonly closings: readonly PlannedClosing[];
  readonly openedUnits: number;
}

/**
 * Returns what filling so many units of the order does. An order of a position closes (part of) that lot. Every other one that may reduce closes the
 * lots of the other side first, the oldest first, and opens what is left, if it may open.
 * Source: OANDA v20, positionFill DEFAULT: REDUCE_FIRST when netting, OPEN_ONLY when hedging.
 */
export function planFill(order: LedgerOrder, units: number, ledger: Ledger, hedging: boolean): FillPlan {
  const { instrument, side } = order.terms;
  if (order.brokerPositionId !== undefined) {
    const position = ledger.openPositions.get(order.brokerPositionId);
    return {
      closings: position ? [{ position, units: Math.min(units, position.openUnits) }] : [],
      openedUnits: 0,
    };
  }
  const closings: PlannedClosing[] = [];
  let openedUnits = units;
  for (const position of reducesFirst(order.terms, hedging) ? ledger.openPositions.values() : []) {
    if (openedUnits === 0) break;
    if (position.instrument !== instrument || openingSide(position.side) !== oppositeSide(side)) continue;
    const closing = { position, units: Math.min(openedUnits, position.openUnits) };
    closings.push(closing);
    openedUnits = subtractUnits(openedUnits, closing.units);
  }
  return { closings, openedUnits: mayOpen(order.terms) ? openedUnits : 0 };
}

/** Returns the units that the plan closes. */
export function closedUnits({ closings }: FillPlan): number {
  return sumUnits(closings.map(({ units }) => units));
}
