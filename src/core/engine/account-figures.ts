/** How an account is doing, as a person asks it: results of day and week, distance to its loss limit, exposure. */

import { currencyExposure } from '../domain/currency-exposure.ts';
import type { CurrencyExposure } from '../domain/currency-exposure.ts';
import type { EngineState } from './engine-state.ts';
import type { PeriodFigures } from './period-starts.ts';

/**
 * A limit on the loss of equity, in ten-thousandths. `loss` is below zero for a gain, and undefined while the account cannot be valued.
 * It counts from 17:00 New York, or from the last time that a person resumed the account since.
 */
export interface LossLimitFigures {
  readonly limit: number;
  readonly loss: number | undefined;
  /** Whether it holds back new exposure until the trading day ends or a person resumes. */
  readonly isReached: boolean;
}

/** Results and exposure at the newest prices. What is undefined is not known at the moment. */
export interface AccountFigures {
  readonly day: PeriodFigures | undefined;
  readonly week: PeriodFigures | undefined;
  /** Absent where the owner set none. */
  readonly maxDailyLoss: LossLimitFigures | undefined;
  readonly exposure: readonly CurrencyExposure[] | undefined;
}

/** Returns the figures of an account. */
export function accountFigures({ portfolio, periods, dayLoss, limits }: EngineState): AccountFigures {
  const instruments = [...portfolio.ledger.openPositions.values()].map(({ instrument }) => instrument);
  const { maxDailyLoss: limit } = limits;
  return {
    day: periods.figures('day'),
    week: periods.figures('week'),
    maxDailyLoss:
      limit === undefined ? undefined : { limit, loss: dayLoss.loss(), isReached: dayLoss.isTripped },
    exposure:
      portfolio.valuationGap() === undefined ? currencyExposure(portfolio.value, instruments) : undefined,
  };
}
