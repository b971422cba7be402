/** Trades: completed round trips, or the closed part of one. */

import type { ExitReason } from './transaction-reasons.ts';
import type { PositionSide } from './position.ts';

/**
 * The closing of (part of) a position by one fill. Prices are points; money is ten-thousandths of the account's currency.
 * `realizedPnl` is what the broker booked for the prices; spread and conversion costs are inside it, commission and financing are not.
 * `financing` is what holding these units brought from entry to exit: charged day by day before, or booked with the closing fill.
 */
export interface Trade {
  readonly transactionId: number;
  readonly brokerPositionId: number;
  readonly closingOrderId: number;
  readonly strategyId?: string | undefined;
  readonly instrument: string;
  readonly side: PositionSide;
  readonly units: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly realizedPnl: number;
  readonly financing: number;
  readonly commission: number;
  /** Half the spread paid at entry and at exit together, for these units. */
  readonly spreadCost: number;
  /** Fill against expected price at entry and at exit together, for these units. */
  readonly slippageCost: number;
  readonly conversionCost: number;
  readonly exitReason: ExitReason;
  readonly openedAt: number;
  readonly closedAt: number;
}

/** Returns what the trade changed the balance by, from its entry to its exit: result and financing less commission. */
export function netResult(trade: Pick<Trade, 'realizedPnl' | 'financing' | 'commission'>): number {
  return trade.realizedPnl + trade.financing - trade.commission;
}
