/** The limits on the account as a whole as they are stored with an account or a backtest: money in ten-thousandths. */

import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { present } from '../../core/shared/assert.ts';
import type { FurtherLimits } from '../../core/domain/account.ts';

const Whole = Type.Optional(Type.Integer({ minimum: 1 }));

const Positions = Type.Enum(['keep', 'close']);

/** Every one of them may be absent. */
export const STORED_LIMITS_FIELDS = {
  maxCurrencyExposure: Whole,
  maxExposure: Whole,
  maxOpenPositions: Whole,
  maxWeeklyLoss: Whole,
  maxOrdersPerMinute: Whole,
  maxTradesPerDay: Whole,
  maxSpreadRatio: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  requireStopLoss: Type.Optional(Type.Object({ distancePoints: Whole })),
  weekend: Type.Optional(
    Type.Object({
      minutesBefore: Type.Integer(),
      entries: Type.Enum(['deny', 'cancel']),
      positions: Positions,
    }),
  ),
  rollOver: Type.Optional(Type.Object({ minutesBefore: Type.Integer(), minutesAfter: Type.Integer() })),
  newsWindows: Type.Optional(
    Type.Array(
      Type.Object({
        from: Type.Integer(),
        to: Type.Integer(),
        currencies: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
  profitTarget: Type.Optional(Type.Object({ equity: Type.Integer(), positions: Positions })),
  profitLock: Type.Optional(Type.Object({ from: Type.Integer(), keep: Type.Number(), positions: Positions })),
  marginGuard: Type.Optional(
    Type.Object({ closeoutPercent: Type.Integer(), positions: Type.Enum(['keep', 'close_largest_loss']) }),
  ),
  propRules: Type.Optional(
    Type.Object({
      startEquity: Type.Integer(),
      drawdown: Type.Enum(['static', 'trailing']),
      maxDrawdown: Type.Integer(),
      maxDailyLoss: Whole,
      profitTarget: Whole,
      minTradingDays: Whole,
    }),
  ),
  entryLeaseMinutes: Whole,
};

const StoredLimits = Type.Object(STORED_LIMITS_FIELDS);

/** Why an account is not traded, and what to do. */
export const LIMITS_UNREADABLE =
  'Its limits in the column further_limits cannot be read by this version of the server. Repair them, or run the version that wrote them.';

/** Returns the limits of a column; undefined when they are not of this version. */
export function readFurtherLimits(stored: unknown): FurtherLimits | undefined {
  if (stored === null) return {};
  return Value.Check(StoredLimits, stored) ? stored : undefined;
}

/** Returns the limits of a column; InvariantError when they are not of this version. */
export function furtherLimitsFrom(stored: unknown): FurtherLimits {
  return present(
    readFurtherLimits(stored),
    'limits of this version were expected in the column further_limits',
  );
}

/** Returns the value of the column; null where there is no such limit. */
export function furtherLimitsColumn(limits: FurtherLimits): Readonly<Record<string, unknown>> | null {
  return Object.keys(limits).length === 0 ? null : { ...limits };
}
