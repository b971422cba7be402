/** How a fill closes lots: the trades it makes, and how costs are shared so that the shares add up exactly. */

import { present } from '../shared/assert.ts';
import { roundHalfAway } from '../shared/decimal.ts';
import { subtractUnits } from './units.ts';
import type { Position } from './position.ts';
import type { Trade } from './trade.ts';
import type { ClosedLot, OrderFilled } from './transaction.ts';

/** What trading cost, in ten-thousandths. */
export interface Costs {
  readonly spreadCost: number;
  readonly slippageCost: number;
  readonly commission: number;
}

/** The costs of some units of a lot, and the financing that they carry. */
interface TradeCosts extends Costs {
  readonly financing: number;
}

/** What closing did, with the sums over its lots; costs are the part of the fill's that went to closed units. */
export interface Closing extends Costs {
  /** Its own list: what the fill opens may be added. */
  readonly positions: Position[];
  readonly trades: readonly Trade[];
  readonly realizedPnl: number;
  readonly financing: number;
}

/** The part of an amount that goes with `units` of the `of` units it is for; the last units take what is left. */
function share(cost: number, units: number, of: number): number {
  return units === of ? cost : roundHalfAway((cost * units) / of);
}

/** Returns the lots after the fill's closings, and the trades; a closing order's strategy is the trade's when the lot has none. */
export function closeLots(
  fill: OrderFilled,
  strategyId: string | undefined,
  positionsById: ReadonlyMap<number, Position>,
): Closing {
  const positions: Position[] = [];
  const trades: Trade[] = [];
  let rest = {
    units: fill.units,
    spreadCost: fill.spreadCost,
    slippageCost: fill.slippageCost,
    commission: fill.commission,
  };
  let realizedPnl = 0;
  let financing = 0;
  for (const lot of fill.closed) {
    const position = present(positionsById.get(lot.brokerPositionId), 'open position', lot.brokerPositionId);
    const exit = {
      units: lot.units,
      spreadCost: share(rest.spreadCost, lot.units, rest.units),
      slippageCost: share(rest.slippageCost, lot.units, rest.units),
      commission: share(rest.commission, lot.units, rest.units),
    };
    const entry = {
      financing: share(position.accruedFinancing, lot.units, position.openUnits),
      spreadCost: share(position.entrySpreadCost, lot.units, position.openUnits),
      slippageCost: share(position.entrySlippageCost, lot.units, position.openUnits),
      commission: share(position.entryCommission, lot.units, position.openUnits),
    };
    trades.push(
      makeTrade(fill, lot, position, strategyId, {
        spreadCost: entry.spreadCost + exit.spreadCost,
        slippageCost: entry.slippageCost + exit.slippageCost,
        commission: entry.commission + exit.commission,
        financing: entry.financing + lot.financing,
      }),
    );
    positions.push(reducePosition(position, lot, entry, fill.at));
    rest = {
      units: subtractUnits(rest.units, exit.units),
      spreadCost: rest.spreadCost - exit.spreadCost,
      slippageCost: rest.slippageCost - exit.slippageCost,
      commission: rest.commission - exit.commission,
    };
    realizedPnl += lot.realizedPnl;
    financing += lot.financing;
  }
  return {
    positions,
    trades,
    realizedPnl,
    financing,
    spreadCost: fill.spreadCost - rest.spreadCost,
    slippageCost: fill.slippageCost - rest.slippageCost,
    commission: fill.commission - rest.commission,
  };
}

function makeTrade(
  fill: OrderFilled,
  lot: ClosedLot,
  position: Position,
  strategyId: string | undefined,
  costs: TradeCosts,
): Trade {
  return {
    transactionId: fill.id,
    brokerPositionId: lot.brokerPositionId,
    closingOrderId: fill.orderId,
    strategyId: position.strategyId ?? strategyId,
    instrument: position.instrument,
    side: position.side,
    units: lot.units,
    entryPrice: position.entryPrice,
    exitPrice: fill.price,
    realizedPnl: lot.realizedPnl,
    conversionCost: lot.conversionCost,
    spreadCost: costs.spreadCost,
    slippageCost: costs.slippageCost,
    commission: costs.commission,
    financing: costs.financing,
    exitReason: fill.reason,
    openedAt: position.openedAt,
    closedAt: fill.at,
  };
}

function reducePosition(position: Position, lot: ClosedLot, entry: TradeCosts, at: number): Position {
  const openUnits = subtractUnits(position.openUnits, lot.units);
  return {
    ...position,
    openUnits,
    entrySpreadCost: position.entrySpreadCost - entry.spreadCost,
    entrySlippageCost: position.entrySlippageCost - entry.slippageCost,
    entryCommission: position.entryCommission - entry.commission,
    realizedPnl: position.realizedPnl + lot.realizedPnl,
    financing: position.financing + lot.financing,
    accruedFinancing: position.accruedFinancing - entry.financing,
    closedAt: openUnits === 0 ? at : undefined,
  };
}
