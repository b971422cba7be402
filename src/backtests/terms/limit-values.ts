/** The limits of a backtest's account as people state and see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { RiskLimits } from '../../core/domain/account.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { parseDecimal } from '../../core/shared/decimal.ts';
import {
  Decimal,
  moneyTextOrNull,
  orNull,
  PIP_PLACES,
  pipsTextOrNull,
  positiveDecimal,
  WholeUnits,
  WholeUnitsInput,
} from '../../http/values.ts';
import {
  FURTHER_LIMITS_FIELDS,
  furtherLimitChanges,
  withChanges,
} from '../../trading/limits/further-limits-input.ts';
import { FURTHER_LIMITS_VIEW, furtherLimitsView } from '../../trading/limits/further-limits-view.ts';
import { namedObject } from '../../http/schemas.ts';

export const LimitsBody = namedObject(
  'NewBacktestLimits',
  {
    maxOrderUnits: Type.Optional(Type.Integer({ ...WholeUnitsInput, description: 'Units of one order.' })),
    maxPositionUnits: Type.Optional(
      Type.Integer({ ...WholeUnitsInput, description: 'Units of the net position.' }),
    ),
    maxDailyLoss: Type.Optional(
      positiveDecimal({
        digits: 9,
        places: 4,
        description: 'Loss since 17:00 New York, open result included.',
      }),
    ),
    maxSpreadPips: Type.Optional(
      positiveDecimal({ digits: 3, places: PIP_PLACES, description: 'Wider spreads deny entries.' }),
    ),
    ...FURTHER_LIMITS_FIELDS,
  },
  { additionalProperties: false },
);

export const LimitsView = namedObject('BacktestLimits', {
  maxOrderUnits: orNull(WholeUnits),
  maxPositionUnits: orNull(WholeUnits),
  maxDailyLoss: orNull(Decimal),
  maxSpreadPips: orNull(Decimal),
  ...FURTHER_LIMITS_VIEW,
});

/** Returns the limits that a body states. Throws `invalid-request` for what no schema can say. */
export function limitsFrom({
  maxOrderUnits,
  maxPositionUnits,
  maxDailyLoss,
  maxSpreadPips,
  ...further
}: Static<typeof LimitsBody>): RiskLimits {
  return {
    ...(maxOrderUnits !== undefined && { maxOrderUnits }),
    ...(maxPositionUnits !== undefined && { maxPositionUnits }),
    ...(maxDailyLoss !== undefined && { maxDailyLoss: parseMoney(maxDailyLoss) }),
    ...(maxSpreadPips !== undefined && { maxSpreadPoints: parseDecimal(maxSpreadPips, PIP_PLACES) }),
    ...withChanges({}, furtherLimitChanges(further)),
  };
}

export function limitsView({
  limits: { maxOrderUnits, maxPositionUnits, maxDailyLoss, maxSpreadPoints, ...further },
}: {
  readonly limits: RiskLimits;
}) {
  return {
    maxOrderUnits: maxOrderUnits ?? null,
    maxPositionUnits: maxPositionUnits ?? null,
    maxDailyLoss: moneyTextOrNull(maxDailyLoss),
    maxSpreadPips: pipsTextOrNull(maxSpreadPoints),
    ...furtherLimitsView(further),
  };
}
