/** How the terms of a backtest's account are kept with it, and a stored backtest turned back into its spec. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { Problem } from '../../core/shared/problem.ts';
import { checkStrategyParameters, findStrategyType } from '../../core/strategies/registry.ts';
import type { Static } from 'typebox';
import { STORED_LIMITS_FIELDS } from '../../trading/limits/stored-limits.ts';
import type { RiskLimits } from '../../core/domain/account.ts';
import type { BacktestSpec } from '../../core/backtest/backtest-spec.ts';
import type { StoredBacktest } from '../backtest-store.ts';

const Limit = Type.Optional(Type.Integer({ minimum: 1 }));

/** What the account charges and allows, as stored with a backtest. Points and ten-thousandths. */
const Terms = Type.Object({
  slippagePoints: Type.Integer({ minimum: 0 }),
  commissionPerMillion: Type.Integer({ minimum: 0 }),
  conversionMarkup: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
  /** Left out by versions that charged none. */
  financing: Type.Optional(
    Type.Union([Type.Boolean(), Type.Object({ longRate: Type.Number(), shortRate: Type.Number() })]),
  ),
  depth: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Array(Type.Object({ units: Type.Integer(), pointsWorse: Type.Integer() })),
    ),
  ),
  hedging: Type.Boolean(),
  limits: Type.Object({
    maxOrderUnits: Limit,
    maxPositionUnits: Limit,
    maxDailyLoss: Limit,
    maxSpreadPoints: Limit,
    allowedInstruments: Type.Optional(Type.Array(Type.String())),
    ...STORED_LIMITS_FIELDS,
  }),
});

/** What the account of a backtest charges and allows. */
export type BacktestTerms = Static<typeof Terms>;

/**
 * How the terms stand in the column when prices of several instruments are fed. A server from before that was possible would feed
 * one of them and give a wrong report; it does not know this form, and says so.
 */
const TermsOfSeveral = Type.Object({ ofSeveral: Terms });

/** How they stand there when orders do not fill in any size, for the same reason. */
const TermsWithDepth = Type.Object({ withDepth: Terms });

/** How they stand there when there are limits on the account as a whole, for the same reason. */
const TermsWithLimits = Type.Object({ withLimits: Terms });

const hasFurtherLimits = (limits: RiskLimits): boolean =>
  Object.keys(STORED_LIMITS_FIELDS).some((name) => name in limits);

/** Returns the terms of a spec as they are stored. */
export function termsOf(
  { costs, hedging, limits }: BacktestSpec,
  { ofSeveral }: { readonly ofSeveral: boolean },
): Readonly<Record<string, unknown>> {
  const terms = { ...costs, hedging, limits };
  if (hasFurtherLimits(limits)) return { withLimits: terms };
  if (costs.depth !== undefined) return { withDepth: terms };
  return ofSeveral ? { ofSeveral: terms } : terms;
}

/** Returns the terms that were stored; throws Problem when they are not of this version. */
export function readTerms(stored: Readonly<Record<string, unknown>>): BacktestTerms {
  if (Value.Check(TermsWithLimits, stored)) return stored.withLimits;
  if (Value.Check(TermsWithDepth, stored)) return stored.withDepth;
  if (Value.Check(TermsOfSeveral, stored)) return stored.ofSeveral;
  if (Value.Check(Terms, stored)) return stored;
  throw new Problem(
    'internal-error',
    'The terms of the stored backtest are not of this version; request it again.',
  );
}

/** Returns the spec of a stored backtest; throws Problem when its strategy type or parameters are no longer known. */
export function specOf(backtest: StoredBacktest): BacktestSpec {
  const { strategyType, instrument, currency, initialBalance, from, until, seed } = backtest;
  const { hedging, limits, financing = false, ...costs } = readTerms(backtest.terms);
  const type = findStrategyType(strategyType);
  const checked = type && checkStrategyParameters(type, backtest.parameters);
  if (!checked || 'errors' in checked) {
    throw new Problem(
      'internal-error',
      `The strategy type ${strategyType} with these parameters is no longer known.`,
    );
  }
  const { parameters } = checked;
  return {
    strategyType,
    parameters,
    instrument,
    currency,
    initialBalance,
    from,
    until,
    costs: { ...costs, financing },
    limits,
    hedging,
    seed,
  };
}
