/** The limits of accounts and backtests on the account as a whole, as people see them. */

import { Type } from 'typebox';
import { Decimal, moneyTextOrNull, orNull } from '../../http/values.ts';
import type { FurtherLimits } from '../../core/domain/account.ts';

/** Null is no limit. */
export const FURTHER_LIMITS_VIEW = {
  maxCurrencyExposure: orNull(Decimal),
  maxExposure: orNull(Decimal),
  maxOpenPositions: orNull(Type.Integer()),
};

/** Returns these limits as people see them. */
export function furtherLimitsView(limits: FurtherLimits) {
  return {
    maxCurrencyExposure: moneyTextOrNull(limits.maxCurrencyExposure),
    maxExposure: moneyTextOrNull(limits.maxExposure),
    maxOpenPositions: limits.maxOpenPositions ?? null,
  };
}
