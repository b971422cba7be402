/** The limits of accounts and backtests on the account as a whole, as people see them. */

import { Type } from 'typebox';
import { formatMoney } from '../../core/domain/money.ts';
import { Decimal, moneyTextOrNull, orNull } from '../../http/values.ts';
import type { FurtherLimits } from '../../core/domain/account.ts';

/** Null is no limit. */
export const FURTHER_LIMITS_VIEW = {
  maxCurrencyExposure: orNull(Decimal),
  maxExposure: orNull(Decimal),
  maxOpenPositions: orNull(Type.Integer()),
  maxWeeklyLoss: orNull(Decimal),
  profitTarget: orNull(Type.Object({ equity: Decimal, positions: Type.String() })),
  profitLock: orNull(Type.Object({ from: Decimal, keep: Decimal, positions: Type.String() })),
  propRules: orNull(
    Type.Object({
      startEquity: Decimal,
      drawdown: Type.String(),
      maxDrawdown: Decimal,
      maxDailyLoss: orNull(Decimal),
      profitTarget: orNull(Decimal),
      minTradingDays: orNull(Type.Integer()),
    }),
  ),
};

/** Returns these limits as people see them. */
export function furtherLimitsView(limits: FurtherLimits) {
  const { profitTarget, profitLock, propRules } = limits;
  return {
    maxCurrencyExposure: moneyTextOrNull(limits.maxCurrencyExposure),
    maxExposure: moneyTextOrNull(limits.maxExposure),
    maxOpenPositions: limits.maxOpenPositions ?? null,
    maxWeeklyLoss: moneyTextOrNull(limits.maxWeeklyLoss),
    profitTarget: profitTarget ? { ...profitTarget, equity: formatMoney(profitTarget.equity) } : null,
    profitLock: profitLock
      ? { ...profitLock, from: formatMoney(profitLock.from), keep: String(profitLock.keep) }
      : null,
    propRules: propRules
      ? {
          startEquity: formatMoney(propRules.startEquity),
          drawdown: propRules.drawdown,
          maxDrawdown: formatMoney(propRules.maxDrawdown),
          maxDailyLoss: moneyTextOrNull(propRules.maxDailyLoss),
          profitTarget: moneyTextOrNull(propRules.profitTarget),
          minTradingDays: propRules.minTradingDays ?? null,
        }
      : null,
  };
}
