/** The limits of accounts and backtests on the account as a whole, as people see them. */

import { Type } from 'typebox';
import { PERCENT_PLACES } from '../../core/domain/account-money.ts';
import { formatDecimal } from '../../core/shared/decimal.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { Decimal, Instant, instantText, moneyTextOrNull, orNull, pipsTextOrNull } from '../../http/values.ts';
import type { FurtherLimits, NewsWindow } from '../../core/domain/account.ts';

/** Null is no limit. */
export const FURTHER_LIMITS_VIEW = {
  maxCurrencyExposure: orNull(Decimal),
  maxExposure: orNull(Decimal),
  maxOpenPositions: orNull(Type.Integer()),
  maxWeeklyLoss: orNull(Decimal),
  maxOrdersPerMinute: orNull(Type.Integer()),
  maxTradesPerDay: orNull(Type.Integer()),
  maxSpreadRatio: orNull(Decimal),
  requireStopLoss: orNull(Type.Object({ distancePips: orNull(Decimal) })),
  weekend: orNull(
    Type.Object({ minutesBefore: Type.Integer(), entries: Type.String(), positions: Type.String() }),
  ),
  rollOver: orNull(Type.Object({ minutesBefore: Type.Integer(), minutesAfter: Type.Integer() })),
  newsWindows: orNull(
    Type.Array(
      Type.Object({
        from: Instant,
        to: Instant,
        currencies: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
  profitTarget: orNull(Type.Object({ equity: Decimal, positions: Type.String() })),
  profitLock: orNull(Type.Object({ from: Decimal, keep: Decimal, positions: Type.String() })),
  marginGuard: orNull(Type.Object({ closeoutPercent: Decimal, positions: Type.String() })),
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
  const { profitTarget, profitLock, marginGuard, propRules } = limits;
  return {
    maxCurrencyExposure: moneyTextOrNull(limits.maxCurrencyExposure),
    maxExposure: moneyTextOrNull(limits.maxExposure),
    maxOpenPositions: limits.maxOpenPositions ?? null,
    maxWeeklyLoss: moneyTextOrNull(limits.maxWeeklyLoss),
    maxOrdersPerMinute: limits.maxOrdersPerMinute ?? null,
    maxTradesPerDay: limits.maxTradesPerDay ?? null,
    maxSpreadRatio: limits.maxSpreadRatio === undefined ? null : String(limits.maxSpreadRatio),
    requireStopLoss: limits.requireStopLoss
      ? { distancePips: pipsTextOrNull(limits.requireStopLoss.distancePoints) }
      : null,
    weekend: limits.weekend ?? null,
    rollOver: limits.rollOver ?? null,
    newsWindows: limits.newsWindows?.map(newsWindowView) ?? null,
    profitTarget: profitTarget ? { ...profitTarget, equity: formatMoney(profitTarget.equity) } : null,
    profitLock: profitLock
      ? { ...profitLock, from: formatMoney(profitLock.from), keep: String(profitLock.keep) }
      : null,
    marginGuard: marginGuard
      ? { ...marginGuard, closeoutPercent: formatDecimal(marginGuard.closeoutPercent, PERCENT_PLACES) }
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

function newsWindowView({ from, to, currencies }: NewsWindow) {
  return {
    from: instantText(from),
    to: instantText(to),
    ...(currencies && { currencies: [...currencies] }),
  };
}
