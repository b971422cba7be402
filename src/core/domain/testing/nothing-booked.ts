/** What a position that was just opened has cost and brought: nothing. Tests hold such positions. */
export const NOTHING_BOOKED = {
  entrySpreadCost: 0,
  entrySlippageCost: 0,
  entryCommission: 0,
  realizedPnl: 0,
  financing: 0,
  accruedFinancing: 0,
} as const;
