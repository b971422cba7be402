/** How an account is doing, as a person asks it: results of day and week, distance to its loss limit, exposure. */

import { currencyExposure } from '../domain/currency-exposure.ts';
import type { CurrencyExposure } from '../domain/currency-exposure.ts';
import type { EngineState } from './engine-state.ts';
import type { LossLimit } from './equity-rules.ts';
import type { EquityRuleFigures } from './equity-halts.ts';
import type { PeriodFigures } from './period-starts.ts';

/**
 * A limit on the loss of equity, in ten-thousandths. `loss` is below zero for a gain, and undefined while the account cannot be valued.
 * It counts from 17:00 New York (of a week on Friday), or from the last time that a person resumed the account since.
 */
export interface LossLimitFigures {
  readonly name: LossLimit['name'];
  readonly limit: number;
  readonly loss: number | undefined;
  /** Whether it holds back new exposure until the trading day or week ends or a person resumes. */
  readonly isReached: boolean;
}

/** Results and exposure at the newest prices. What is undefined is not known at the moment. */
export interface AccountFigures {
  readonly day: PeriodFigures | undefined;
  readonly week: PeriodFigures | undefined;
  /** The limits on losses that are set. */
  readonly lossLimits: readonly LossLimitFigures[];
  /** The other rules about the equity that are set. */
  readonly equityRules: readonly EquityRuleFigures[];
  readonly exposure: readonly CurrencyExposure[] | undefined;
}

/** Returns the figures of an account. */
export function accountFigures(state: EngineState): AccountFigures {
  const { portfolio, periods, limits, equityRules } = state;
  const instruments = [...portfolio.ledger.openPositions.values()].map(({ instrument }) => instrument);
  return {
    day: periods.figures('day'),
    week: periods.figures('week'),
    lossLimits: equityRules.losses.flatMap(({ name, loss }) => {
      const { [name]: limit } = limits;
      return limit === undefined ? [] : [{ name, limit, loss: loss.loss(), isReached: loss.isTripped }];
    }),
    equityRules: equityRules.halts.figures(limits),
    exposure:
      portfolio.valuationGap() === undefined ? currencyExposure(portfolio.value, instruments) : undefined,
  };
}
