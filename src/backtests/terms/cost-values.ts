/** The costs of a backtest as people state and see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatMoney, parseMoney } from '../../core/domain/money.ts';
import { formatDecimal, parseDecimal } from '../../core/shared/decimal.ts';
import type { CostModel } from '../../core/simulation/costs.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { Decimal, orNull, PIP_PLACES } from '../../http/values.ts';
import { DepthBody, depthFrom, DepthView, depthView } from './depth-values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { BacktestRequest } from '../plan-backtest.ts';

function costDecimal(pattern: string, description: string, example: string) {
  const sentence = `must be a decimal as text, such as "${example}", within its limits`;
  return Type.Optional(Type.String({ pattern, description, examples: [example], [SENTENCE]: sentence }));
}

const Rate = Type.String({ pattern: '^-?(0(\\.\\d{1,6})?|1)$', examples: ['-0.025'] });
const RatesBody = namedObject(
  'FinancingRates',
  { longRate: Rate, shortRate: Rate },
  { additionalProperties: false },
);

export const CostsBody = namedObject(
  'NewBacktestCosts',
  {
    slippagePips: costDecimal(
      '^\\d{1,2}(\\.\\d)?$',
      'By how much fills are worse than the price in force.',
      '0.2',
    ),
    commissionPerMillion: costDecimal(
      '^\\d{1,4}(\\.\\d{1,4})?$',
      'In account currency, for a million units, at each fill.',
      '35.00',
    ),
    conversionMarkup: costDecimal(
      '^0(\\.\\d{1,6})?$',
      'How much worse than the middle rate results are converted.',
      '0.005',
    ),
    financing: Type.Optional(
      Type.Union([Type.Boolean(), RatesBody], {
        description:
          "Whether holding positions overnight is charged; with rates, at those instead of the instrument's. True when left out.",
        [SENTENCE]:
          'must be true, false, or longRate and shortRate as decimal text from -1 to 1, such as "-0.025"',
      }),
    ),
    depth: Type.Optional(DepthBody),
  },
  { additionalProperties: false },
);

export const CostsView = namedObject('BacktestCosts', {
  slippagePips: Decimal,
  commissionPerMillion: Decimal,
  conversionMarkup: Decimal,
  financing: Type.Union([Type.Boolean(), Type.Object({ longRate: Decimal, shortRate: Decimal })]),
  depth: orNull(DepthView),
});

/** Returns the costs that a body states; the schema has checked it, so every decimal can be read. */
export function costsFrom({
  slippagePips,
  commissionPerMillion,
  conversionMarkup,
  financing,
  depth,
}: Static<typeof CostsBody>): BacktestRequest['costs'] {
  return {
    ...(slippagePips !== undefined && { slippagePoints: parseDecimal(slippagePips, PIP_PLACES) ?? 0 }),
    ...(commissionPerMillion !== undefined && {
      commissionPerMillion: parseMoney(commissionPerMillion) ?? 0,
    }),
    ...(conversionMarkup !== undefined && { conversionMarkup: Number(conversionMarkup) }),
    ...(financing !== undefined && { financing: financingFrom(financing) }),
    ...(depth !== undefined && { depth: depthFrom(depth) }),
  };
}

function financingFrom(
  financing: NonNullable<Static<typeof CostsBody>['financing']>,
): CostModel['financing'] {
  if (typeof financing === 'boolean') return financing;
  return { longRate: Number(financing.longRate), shortRate: Number(financing.shortRate) };
}

export function costsView({
  slippagePoints,
  commissionPerMillion,
  conversionMarkup,
  financing = false,
  depth,
}: CostModel) {
  return {
    slippagePips: formatDecimal(slippagePoints, PIP_PLACES),
    commissionPerMillion: formatMoney(commissionPerMillion),
    conversionMarkup: String(conversionMarkup),
    financing:
      typeof financing === 'boolean'
        ? financing
        : { longRate: String(financing.longRate), shortRate: String(financing.shortRate) },
    depth: depth === undefined ? null : depthView(depth),
  };
}
