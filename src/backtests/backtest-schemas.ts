/** Backtests as people request and see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACCOUNT_CURRENCIES } from '../core/domain/instrument.ts';
import { formatMoney, parseMoney } from '../core/domain/money.ts';
import type { StoredBacktest } from './backtest-store.ts';
import { readTerms } from './terms/backtest-terms.ts';
import { CostsBody, costsFrom, CostsView, costsView } from './terms/cost-values.ts';
import { LimitsBody, limitsFrom, LimitsView, limitsView } from './terms/limit-values.ts';
import type { BacktestRequest } from './plan-backtest.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  orNull,
  positiveDecimal,
  parseInstant,
} from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';

/** More than any strategy watches, with the pairs that convert. */
const MOST_SERIES = 40;

export const BacktestBody = namedObject(
  'NewBacktest',
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
  {
    additionalProperties: false,
    examples: [
      {
        strategyType: 'ema_cross',
        instrument: 'EUR_USD',
        parameters: { granularity: 'M15' },
        initialBalance: '10000',
      },
    ],
  },
);

const Status = Type.Enum(['queued', 'running', 'completed', 'failed', 'cancelled']);
export const BacktestStatusQuery = Status;

export const BacktestView = namedObject('Backtest', {
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
  costs: CostsView,
  limits: LimitsView,
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
    from: parseInstant(from),
    until: parseInstant(to),
    initialBalance: initialBalance === undefined ? undefined : parseMoney(initialBalance),
    costs: costs && costsFrom(costs),
    limits: limits && limitsFrom(limits),
  };
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
