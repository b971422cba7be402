/** Compares the trades that a backtest made of a time with those that were really made, and names every difference. */

import { netResult } from '../../core/domain/trade.ts';
import type { Trade } from '../../core/domain/trade.ts';

/** What a difference in the result comes from. */
export const DRIFT_CAUSES = [
  'spread',
  'slippage',
  'conversion',
  'financing',
  'commission',
  'units',
  'price',
  'exit',
  'manual-exit',
  'denied',
  'rejected',
  'cancelled',
  'not-running',
  'not-sent',
  'quotes-missing',
  'opened-before',
  'not-expected',
] as const;
export type DriftCause = (typeof DRIFT_CAUSES)[number];

/** What a comparison needs to know of a trade. */
export type ComparedTrade = Omit<
  Trade,
  'transactionId' | 'brokerPositionId' | 'closingOrderId' | 'strategyId' | 'exitReason'
> & { readonly exitReason: string };

/** A trade that was really made. */
export interface RealTrade extends ComparedTrade {
  /** Whether a person closed it. */
  readonly isManualExit: boolean;
}

/** A part of a difference: what it comes from, with the code of the rule or of the broker, and how much (ten-thousandths). */
export interface DriftPart {
  readonly cause: DriftCause;
  readonly code: string | undefined;
  readonly amount: number;
}

/** A trade of the backtest beside the real one; one of the two may be missing. The parts add up to the real net result less the expected one. */
export interface ComparedPair {
  readonly expected: ComparedTrade | undefined;
  readonly real: RealTrade | undefined;
  readonly parts: readonly DriftPart[];
}

/** Says why a trade has no counterpart. */
export interface DriftReasons {
  /** Of a trade that the backtest made. */
  readonly ofMissing: (expected: ComparedTrade) => Omit<DriftPart, 'amount'>;
  /** Of a trade that only reality made. */
  readonly ofAdditional: (real: RealTrade) => Omit<DriftPart, 'amount'>;
}

/** An entry at the same side within this time is the same decision: an order that waits for its broker takes seconds, not minutes. */
const SAME_ENTRY_MS = 120_000;

/** Returns every trade of both, in order of entry: those of one decision side by side. */
export function compareTrades(
  expected: readonly ComparedTrade[],
  real: readonly RealTrade[],
  reasons: DriftReasons,
): readonly ComparedPair[] {
  const unpaired = new Set(real);
  const pairs = expected.map((trade): ComparedPair => {
    const counterpart = nearest(trade, unpaired);
    if (!counterpart) {
      const missing = { ...reasons.ofMissing(trade), amount: 0 - netResult(trade) };
      return { expected: trade, real: undefined, parts: [missing] };
    }
    unpaired.delete(counterpart);
    return { expected: trade, real: counterpart, parts: differences(trade, counterpart) };
  });
  const additional = [...unpaired].map((trade): ComparedPair => {
    const extra = { ...reasons.ofAdditional(trade), amount: netResult(trade) };
    return { expected: undefined, real: trade, parts: [extra] };
  });
  return [...pairs, ...additional].toSorted((one, other) => openedAt(one) - openedAt(other));
}

function openedAt({ expected, real }: ComparedPair): number {
  return expected?.openedAt ?? real?.openedAt ?? 0;
}

/** The trade of the same decision; of several, as where a position was closed in parts, the one that closed nearest. */
function nearest(trade: ComparedTrade, candidates: ReadonlySet<RealTrade>): RealTrade | undefined {
  const distance = (one: RealTrade): number =>
    Math.abs(one.openedAt - trade.openedAt) * 1_000 + Math.abs(one.closedAt - trade.closedAt) / 1_000;
  let best: RealTrade | undefined;
  for (const one of candidates) {
    const isSame =
      one.side === trade.side &&
      one.instrument === trade.instrument &&
      Math.abs(one.openedAt - trade.openedAt) <= SAME_ENTRY_MS;
    if (isSame && (best === undefined || distance(one) < distance(best))) best = one;
  }
  return best;
}

/** What is left after the costs comes from the units, from how it ended, or else from the prices. */
function differences(expected: ComparedTrade, real: RealTrade): readonly DriftPart[] {
  const parts: DriftPart[] = [
    part('spread', expected.spreadCost - real.spreadCost),
    part('slippage', expected.slippageCost - real.slippageCost),
    part('conversion', expected.conversionCost - real.conversionCost),
    part('financing', real.financing - expected.financing),
    part('commission', expected.commission - real.commission),
  ];
  const named = parts.reduce((sum, { amount }) => sum + amount, 0);
  const rest = netResult(real) - netResult(expected) - named;
  return [...parts, part(causeOfRest(expected, real), rest)].filter(({ amount }) => amount !== 0);
}

function causeOfRest(expected: ComparedTrade, real: RealTrade): DriftCause {
  if (expected.exitReason !== real.exitReason) return real.isManualExit ? 'manual-exit' : 'exit';
  return expected.units === real.units ? 'price' : 'units';
}

function part(cause: DriftCause, amount: number): DriftPart {
  return { cause, code: undefined, amount };
}
