/** What armed faults do to the market of an instrument. */

import type { Side } from '../prices/price-ladder.ts';
import type { FaultPlan } from './fault-plan.ts';

/** Whether it does not trade, and which sides no one offers anything on. */
export interface MarketFaults {
  readonly isHalted: boolean;
  readonly emptySides: ReadonlySet<Side>;
}

/** Returns what holds for an instrument now. */
export function marketFaultsOf(faults: FaultPlan, instrumentName: string): MarketFaults {
  const emptySides = new Set<Side>();
  let isHalted = false;
  for (const { fault } of faults.list) {
    if (fault.fault !== 'halted' && fault.fault !== 'side-empty') continue;
    if (fault.instrument !== undefined && fault.instrument !== instrumentName) continue;
    if (fault.fault === 'halted') isHalted = true;
    else emptySides.add(fault.side);
  }
  return { isHalted, emptySides };
}
