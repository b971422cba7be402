/** Backtests as people request and see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACCOUNT_CURRENCIES } from '../core/domain/instrument.ts';
import { formatMoney, parseMoney } from '../core/domain/money.ts';
import type { RiskLimits } from '../core/domain/account.ts';
import type { CostModel } from '../core/simulation/costs.ts';
import { formatDecimal, parseDecimal } from '../core/shared/decimal.ts';
import type { StoredBacktest } from './backtest-store.ts';
import { readTerms } from './backtest-terms.ts';
import { DepthBody, depthFrom, DepthView, depthView } from './depth-values.ts';
import {
  FURTHER_LIMITS_FIELDS,
  furtherLimitChanges,
  withChanges,
} from '../trading/limits/further-limits-input.ts';
import { FURTHER_LIMITS_VIEW, furtherLimitsView } from '../trading/limits/further-limits-view.ts';
import type { BacktestTerms } from './backtest-terms.ts';
import type { BacktestRequest } from './plan-backtest.ts';
import { SENTENCE } from '../http/field-errors.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  moneyTextOrNull,
  orNull,
  positiveDecimal,
  WholeUnits,
  WholeUnitsInput,
} from '../http/values.ts';

const PIP_PLACES = 1;
/** More than any strategy watches, with the pairs that convert. */
const MOST_SERIES = 40;

function costDecimal(pattern: string, description: string, example: string) {
  const sentence = `must be a decimal as text, such as "${example}", within its limits`;
  return Type.Optional(Type.String({ pattern, description, examples: [example], [SENTENCE]: sentence }));
}

const Rate = Type.String({ pattern: '^-?(0(\\.\\d{1,6})?|1)$', examples: ['-0.025'] });
const RatesBody = Type.Object({ longRate: Rate, shortRate: Rate }, { additionalProperties: false });

const CostsBody = Type.Object(
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

const UnitsOrNull = orNull(WholeUnits);

const LimitsBody = Type.Object(
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

export const BacktestBody = Type.Object(
  {
    strategyType: Type.String({ maxLength: 64, examples: ['ema_cross'] }),
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'See the strategy type; what is left out has its default.',
      }),
    ),
    instrument: Type.String({ maxLength: 32, examples: ['EUR_USD'] }),
    seriesId: Type.Optional(
      Type.String({ format: 'uuid', description: 'The newest series of the instrument when left out.' }),
    ),
    series: Type.Optional(
      Type.Record(Type.String({ maxLength: 32 }), Type.String({ format: 'uuid' }), {
        maxProperties: MOST_SERIES,
        description:
          'Price series by instrument, such as of a pair that converts; of those left out, the one that covers most of the range.',
      }),
    ),
    from: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The start of what all series have in common when left out.',
      }),
    ),
    to: Type.Optional(
      Type.String({ format: 'date-time', description: 'Excluded; the end of that when left out.' }),
    ),
    initialBalance: Type.Optional(
      positiveDecimal({ digits: 9, places: 4, description: '10000 when left out.' }),
    ),
    currency: Type.Optional(
      Type.Enum([...ACCOUNT_CURRENCIES], {
        description:
          'The quote currency of the instrument when left out, or the base where no account is kept in that. Another one needs price series of pairs that convert to it.',
      }),
    ),
    costs: Type.Optional(CostsBody),
    limits: Type.Optional(LimitsBody),
    hedging: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether the account may be long and short at once.' }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 })),
  },
  { additionalProperties: false },
);

const Status = Type.Enum(['queued', 'running', 'completed', 'failed', 'cancelled']);
export const BacktestStatusQuery = Status;

export const BacktestView = Type.Object({
  id: Id,
  strategyType: Type.String(),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  instrument: Type.String(),
  seriesId: Id,
  series: Type.Record(Type.String(), Id, {
    description:
      'The price series by instrument, that of its own instrument and of pairs that convert included.',
  }),
  from: Instant,
  to: Instant,
  initialBalance: Decimal,
  currency: Type.String(),
  costs: Type.Object({
    slippagePips: Decimal,
    commissionPerMillion: Decimal,
    conversionMarkup: Decimal,
    financing: Type.Union([Type.Boolean(), Type.Object({ longRate: Decimal, shortRate: Decimal })]),
    depth: orNull(DepthView),
  }),
  limits: Type.Object({
    maxOrderUnits: UnitsOrNull,
    maxPositionUnits: UnitsOrNull,
    maxDailyLoss: orNull(Decimal),
    maxSpreadPips: orNull(Decimal),
    ...FURTHER_LIMITS_VIEW,
  }),
  hedging: Type.Boolean(),
  seed: Type.Integer(),
  specHash: Type.String({ description: 'Equal for backtests that must have equal results.' }),
  engineVersion: Type.String(),
  status: Status,
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  quotes: Type.Integer({ description: 'How many prices went through so far; a candle counts four.' }),
  error: orNull(Type.String({ description: 'Why it failed.' })),
  createdAt: Instant,
  startedAt: orNull(Instant),
  completedAt: orNull(Instant),
});

/** Returns what a body asks for; the schema has checked it, so every decimal can be read. */
export function backtestRequest({
  from,
  to,
  initialBalance,
  costs,
  limits,
  ...body
}: Static<typeof BacktestBody>): BacktestRequest {
  return {
    ...body,
    from: instant(from),
    until: instant(to),
    initialBalance: initialBalance === undefined ? undefined : parseMoney(initialBalance),
    costs: costs && costsFrom(costs),
    limits: limits && limitsFrom(limits),
  };
}

function costsFrom({
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

function limitsFrom({
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

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

export function backtestView(backtest: StoredBacktest) {
  const terms = readTerms(backtest.terms);
  return {
    id: backtest.id,
    strategyType: backtest.strategyType,
    parameters: backtest.parameters,
    instrument: backtest.instrument,
    seriesId: backtest.seriesId,
    series: { [backtest.instrument]: backtest.seriesId, ...backtest.otherSeries },
    from: instantText(backtest.from),
    to: instantText(backtest.until),
    initialBalance: formatMoney(backtest.initialBalance),
    currency: backtest.currency,
    costs: costsView(terms),
    limits: limitsView(terms),
    hedging: terms.hedging,
    seed: backtest.seed,
    specHash: backtest.specHash,
    engineVersion: backtest.engineVersion,
    status: backtest.status,
    progress: backtest.progress,
    quotes: backtest.quotes,
    error: backtest.error ?? null,
    createdAt: instantText(backtest.createdAt),
    startedAt: instantTextOrNull(backtest.startedAt),
    completedAt: instantTextOrNull(backtest.completedAt),
  };
}

function costsView({
  slippagePoints,
  commissionPerMillion,
  conversionMarkup,
  financing = false,
  depth,
}: BacktestTerms) {
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

function limitsView({
  limits: { maxOrderUnits, maxPositionUnits, maxDailyLoss, maxSpreadPoints, ...further },
}: BacktestTerms) {
  return {
    maxOrderUnits: maxOrderUnits ?? null,
    maxPositionUnits: maxPositionUnits ?? null,
    maxDailyLoss: moneyTextOrNull(maxDailyLoss),
    maxSpreadPips: maxSpreadPoints === undefined ? null : formatDecimal(maxSpreadPoints, PIP_PLACES),
    ...furtherLimitsView(further),
  };
}
