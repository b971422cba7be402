/** The limits of accounts and backtests on the account as a whole, as people describe them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { parseMoney } from '../../core/domain/money.ts';
import { present } from '../../core/shared/assert.ts';
import { orNull, positiveDecimal, WholeUnits } from '../../http/values.ts';
import type { FurtherLimits } from '../../core/domain/account.ts';

/** More positions than any broker lets an account have. */
const MOST_POSITIONS = 10_000;

function amount(description: string) {
  return Type.Optional(orNull(positiveDecimal({ digits: 9, places: 4, description })));
}

/** Null is no limit. */
export const FURTHER_LIMITS_FIELDS = {
  maxCurrencyExposure: amount(
    "The largest net exposure to any one currency over all pairs, in the account's currency.",
  ),
  maxExposure: amount("The largest value of all positions together, in the account's currency."),
  maxOpenPositions: Type.Optional(
    orNull(
      Type.Integer({
        ...WholeUnits,
        minimum: 1,
        maximum: MOST_POSITIONS,
        description: 'The most open positions, with those that entry orders may still open.',
        examples: [5],
      }),
    ),
  ),
};

const FurtherLimitsInput = Type.Object(FURTHER_LIMITS_FIELDS);

/** Limits that change: undefined leaves one as it is, null removes it. */
export type FurtherLimitChanges = { readonly [Name in keyof FurtherLimits]: FurtherLimits[Name] | null };

/** Returns which of these limits a person changes; the schema let nothing through that cannot be read. */
export function furtherLimitChanges(input: Static<typeof FurtherLimitsInput>): FurtherLimitChanges {
  return {
    maxCurrencyExposure: read(input.maxCurrencyExposure, moneyFrom),
    maxExposure: read(input.maxExposure, moneyFrom),
    maxOpenPositions: input.maxOpenPositions,
  };
}

/** Returns the limits that are left when these changes are made to others. */
export function withChanges(limits: FurtherLimits, changes: FurtherLimitChanges): FurtherLimits {
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...limits, ...Object.fromEntries(changed) });
  return Object.fromEntries(all.filter(([, value]) => value != null));
}

function read<Value>(
  text: string | null | undefined,
  parse: (text: string) => Value,
): Value | null | undefined {
  return text == null ? text : parse(text);
}

function moneyFrom(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}
