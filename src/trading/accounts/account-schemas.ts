/** Accounts as people describe them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instruments } from '../../core/domain/instruments.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { Problem } from '../../core/shared/problem.ts';
import { present } from '../../core/shared/assert.ts';
import { parseDecimal } from '../../core/shared/decimal.ts';
import { FURTHER_LIMITS_FIELDS, furtherLimitChanges } from '../limits/further-limits-input.ts';
import type { LimitChanges } from './account-store.ts';
import { lineOfText, orNull, PIP_PLACES, positiveDecimal, WholeUnitsInput } from '../../http/values.ts';
import { InstrumentText, MOST_INSTRUMENTS, unknownInstrument } from '../../prices/market-input.ts';
import { namedObject } from '../../http/schemas.ts';

/** No broker gives more; what the instruments allow is less. */
const MOST_LEVERAGE = 200;

/** Amounts that people write. */
export const MONEY = { digits: 9, places: 4 };

export const Name = lineOfText(100, 'For people.');

function unitsOrNull(description: string) {
  return Type.Optional(orNull(Type.Integer({ ...WholeUnitsInput, description })));
}

/** Null is no limit. */
export const LimitsInput = namedObject(
  'NewAccountLimits',
  {
    maxOrderUnits: unitsOrNull('The most units of one order.'),
    maxPositionUnits: unitsOrNull('The most units of one instrument, all positions together.'),
    maxDailyLoss: Type.Optional(
      orNull(
        positiveDecimal({
          ...MONEY,
          description: "The largest loss since 17:00 New York, in the account's currency.",
        }),
      ),
    ),
    maxSpreadPips: Type.Optional(
      orNull(
        positiveDecimal({ digits: 4, places: PIP_PLACES, description: 'The widest spread to trade at.' }),
      ),
    ),
    allowedInstruments: Type.Optional(
      orNull(
        Type.Array(InstrumentText, {
          minItems: 1,
          maxItems: MOST_INSTRUMENTS,
          uniqueItems: true,
        }),
      ),
    ),
    ...FURTHER_LIMITS_FIELDS,
    entryLeaseMinutes: Type.Optional(
      orNull(
        Type.Integer({
          minimum: 5,
          maximum: 1_440,
          description:
            'For how many minutes the broker keeps entries that rest when this server does not renew them. Not for paper accounts.',
          examples: [60],
        }),
      ),
    ),
  },
  { additionalProperties: false },
);
export type LimitsInput = Static<typeof LimitsInput>;

export const Leverage = Type.Integer({
  minimum: 1,
  maximum: MOST_LEVERAGE,
  description:
    'The most that positions may be of what they bind: 20 makes no margin rate lower than 0.05. Those of the instruments hold when left out.',
  examples: [20],
});

/** Returns the margin rate of a leverage; 0 for none, which leaves the instruments their own. */
export function marginRateFrom(leverage: number | null): number {
  return leverage === null ? 0 : 1 / leverage;
}

/** Returns the amount in ten-thousandths; the schema let nothing through that is none. */
export function moneyFrom(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}

/**
 * Returns which limits a person changes: what is left out stays, null removes. Throws `invalid-request` for instruments that the account
 * does not have; undefined where that is not known yet.
 */
export function limitChanges(input: LimitsInput, instruments: Instruments | undefined): LimitChanges {
  if (instruments) refuseUnknownInstruments(instruments, input.allowedInstruments ?? []);
  return {
    maxOrderUnits: input.maxOrderUnits,
    maxPositionUnits: input.maxPositionUnits,
    maxDailyLoss: read(input.maxDailyLoss, moneyFrom),
    maxSpreadPoints: read(input.maxSpreadPips, pointsFromPips),
    allowedInstruments: input.allowedInstruments,
    ...furtherLimitChanges(input),
    entryLeaseMinutes: input.entryLeaseMinutes,
  };
}

function read<Value>(
  text: string | null | undefined,
  parse: (text: string) => Value,
): Value | null | undefined {
  return text == null ? text : parse(text);
}

function pointsFromPips(text: string): number {
  return present(parseDecimal(text, PIP_PLACES), `pips in ${text}`);
}

function refuseUnknownInstruments(instruments: Instruments, names: readonly string[]): void {
  const errors = names.flatMap((name, index) =>
    instruments.find(name)
      ? []
      : [
          {
            pointer: `/limits/allowedInstruments/${index}`,
            detail: unknownInstrument(name),
          },
        ],
  );
  if (errors.length > 0) throw new Problem('invalid-request', 'The body is not valid.', { errors });
}
