/** What trading cost, line by line. */

/** Costs of a run in ten-thousandths of the account's currency: positive was paid, negative was received. */
export interface CostLines {
  /** Half the spread at each fill: |quote − mid at the decision| × units; at the end also that of leaving what is open. */
  readonly spread: number;
  /** Fill against the quote expected at the decision. Negative when the fills were better. */
  readonly slippage: number;
  readonly commission: number;
  readonly financing: number;
  /** The broker's mark-up on turning results into the account's currency, open ones included. */
  readonly conversion: number;
}

/** The cost lines between what the prices gave and what the account got: `gross` less the five lines is `net`. */
export interface CostMetrics extends CostLines {
  readonly gross: number;
  readonly net: number;
}

/** Returns the lines with the result before and after them. */
export function measureCosts(costs: CostLines, net: number): CostMetrics {
  const { spread, slippage, commission, financing, conversion } = costs;
  const gross = net + spread + slippage + commission + financing + conversion;
  return { gross, spread, slippage, commission, financing, conversion, net };
}
