/** The limits of accounts and backtests on the account as a whole, as people describe them. */

import { Type } from 'typebox';
import type { Static, TProperties } from 'typebox';
import { PERCENT_PLACES } from '../../core/domain/account-money.ts';
import { parseDecimal } from '../../core/shared/decimal.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { present } from '../../core/shared/assert.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { Instant, orNull, positiveDecimal } from '../../http/values.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { FurtherLimits, NewsWindow, PropRules } from '../../core/domain/account.ts';

/** More positions than any broker lets an account have. */
const MOST_POSITIONS = 10_000;
/** A year of the news that move a market. */
export const MOST_NEWS_WINDOWS = 1_000;

function money(description: string) {
  return positiveDecimal({ digits: 9, places: 4, description });
}

function amount(description: string) {
  return Type.Optional(orNull(money(description)));
}

function count(description: string, maximum: number) {
  return Type.Optional(orNull(Type.Integer({ minimum: 1, maximum, description, examples: [5] })));
}

function object<Properties extends TProperties>(description: string, properties: Properties) {
  return Type.Object(properties, { additionalProperties: false, description });
}

const POSITIONS = Type.Enum(['keep', 'close'], {
  default: 'keep',
  description: 'Whether positions stay open then, with their protection. They do when it is left out.',
});

/** Null is no limit. */
export const FURTHER_LIMITS_FIELDS = {
  maxCurrencyExposure: amount(
    "The largest net exposure to any one currency over all pairs, in the account's currency.",
  ),
  maxExposure: amount("The largest value of all positions together, in the account's currency."),
  maxOpenPositions: count(
    'The most open positions, with those that entry orders may still open.',
    MOST_POSITIONS,
  ),
  maxWeeklyLoss: amount(
    "The largest loss since Friday 17:00 New York, open result included, in the account's currency.",
  ),
  maxOrdersPerMinute: count('The most entries within a minute; closing is never held up.', 600),
  maxTradesPerDay: count('The most orders that open a position on one trading day.', 10_000),
  maxSpreadRatio: Type.Optional(
    orNull(
      positiveDecimal({
        digits: 3,
        places: 2,
        description: 'How many times its usual width, of the hour of the week, a spread may have.',
      }),
    ),
  ),
  requireStopLoss: Type.Optional(
    orNull(
      object('Entries need a stop loss or a trailing stop, and positions have one.', {
        distancePips: Type.Optional(
          positiveDecimal({
            digits: 4,
            places: 1,
            description:
              'At what distance a position without a stop gets one; it is only reported when left out.',
          }),
        ),
      }),
    ),
  ),
  weekend: Type.Optional(
    orNull(
      object('Opens nothing before the market closes for a weekend or a holiday.', {
        minutesBefore: Type.Integer({ minimum: 1, maximum: 1_380, examples: [60] }),
        entries: Type.Optional(
          Type.Enum(['deny', 'cancel'], {
            default: 'deny',
            description: 'Whether entries that rest are cancelled then.',
          }),
        ),
        positions: Type.Optional(
          Type.Enum(['keep', 'close'], {
            default: 'keep',
            description: 'Whether positions are closed then; that cancels what rests, too.',
          }),
        ),
      }),
    ),
  ),
  rollOver: Type.Optional(
    orNull(
      object('Opens nothing around 17:00 New York.', {
        minutesBefore: Type.Integer({ minimum: 0, maximum: 720, examples: [15] }),
        minutesAfter: Type.Integer({ minimum: 0, maximum: 720, examples: [15] }),
      }),
    ),
  ),
  newsWindows: Type.Optional(
    orNull(
      Type.Array(
        object('Opens nothing from `from` to before `to`.', {
          from: Instant,
          to: Instant,
          currencies: Type.Optional(
            Type.Array(
              Type.String({
                pattern: '^[A-Z]{3}$',
                examples: ['USD'],
                [SENTENCE]: 'must be a currency of three letters, such as "USD"',
              }),
              { minItems: 1, maxItems: 20, description: 'Of these currencies; of all when left out.' },
            ),
          ),
        }),
        { maxItems: MOST_NEWS_WINDOWS },
      ),
    ),
  ),
  profitTarget: Type.Optional(
    orNull(
      object('Halts the account when its equity has reached an amount.', {
        equity: money('The equity at which it halts.'),
        positions: Type.Optional(POSITIONS),
      }),
    ),
  ),
  profitLock: Type.Optional(
    orNull(
      object('Halts the account when it gives back too much of the profit of a trading day.', {
        from: money("The day's profit from which it counts."),
        keep: Type.String({
          pattern: '^(?=.*[1-9])0\\.\\d{1,4}$',
          description: 'The part of the largest profit of the day at which it halts.',
          examples: ['0.5'],
          [SENTENCE]: 'must be a decimal as text above 0 and below 1, such as "0.5"',
        }),
        positions: Type.Optional(POSITIONS),
      }),
    ),
  ),
  marginGuard: Type.Optional(
    orNull(
      object('Halts the account before its broker closes everything.', {
        closeoutPercent: Type.String({
          pattern: '^(?=.*[1-9])0\\.\\d{1,5}$',
          description: 'The marginCloseoutPercent at which it halts; at 1 the broker closes everything.',
          examples: ['0.8'],
          [SENTENCE]: 'must be a decimal as text above 0 and below 1, such as "0.8"',
        }),
        positions: Type.Optional(
          Type.Enum(['keep', 'close_largest_loss'], {
            default: 'keep',
            description:
              'Whether the position with the largest loss is closed then, and the next one while that was not enough.',
          }),
        ),
      }),
    ),
  ),
  propRules: Type.Optional(
    orNull(
      object(
        "The rules under which a firm's money is traded. Each halts the account until a person resumes it.",
        {
          startEquity: money('What the account started with.'),
          drawdown: Type.Enum(['static', 'trailing'], {
            description: 'Whether the equity may fall from the start, or from its highest since.',
          }),
          maxDrawdown: money('How far.'),
          maxDailyLoss: Type.Optional(money('The largest loss since 17:00 New York.')),
          profitTarget: Type.Optional(money('By how much the balance is to grow.')),
          minTradingDays: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 366,
              description: 'On how many trading days a position must be opened before the target counts.',
              examples: [4],
            }),
          ),
        },
      ),
    ),
  ),
};

const FurtherLimitsInput = Type.Object(FURTHER_LIMITS_FIELDS);

/** Limits that change: undefined leaves one as it is, null removes it. */
export type FurtherLimitChanges = { readonly [Name in keyof FurtherLimits]: FurtherLimits[Name] | null };

/** Returns which of these limits a person changes. Throws `invalid-request` for what no schema can say. */
export function furtherLimitChanges(input: Static<typeof FurtherLimitsInput>): FurtherLimitChanges {
  return {
    maxCurrencyExposure: read(input.maxCurrencyExposure, moneyFrom),
    maxExposure: read(input.maxExposure, moneyFrom),
    maxOpenPositions: input.maxOpenPositions,
    maxWeeklyLoss: read(input.maxWeeklyLoss, moneyFrom),
    maxOrdersPerMinute: input.maxOrdersPerMinute,
    maxTradesPerDay: input.maxTradesPerDay,
    maxSpreadRatio: read(input.maxSpreadRatio, Number),
    requireStopLoss: read(input.requireStopLoss, ({ distancePips }) =>
      distancePips === undefined ? {} : { distancePoints: Math.round(Number(distancePips) * 10) },
    ),
    weekend: read(input.weekend, ({ minutesBefore, entries = 'deny', positions = 'keep' }) => ({
      minutesBefore,
      entries,
      positions,
    })),
    rollOver: input.rollOver,
    newsWindows: read(input.newsWindows, (windows) => windows.map(newsWindowFrom)),
    profitTarget: read(input.profitTarget, ({ equity, positions = 'keep' }) => ({
      equity: moneyFrom(equity),
      positions,
    })),
    profitLock: read(input.profitLock, ({ from, keep, positions = 'keep' }) => ({
      from: moneyFrom(from),
      keep: Number(keep),
      positions,
    })),
    marginGuard: read(input.marginGuard, ({ closeoutPercent, positions = 'keep' }) => ({
      closeoutPercent: present(
        parseDecimal(closeoutPercent, PERCENT_PLACES),
        `a share in ${closeoutPercent}`,
      ),
      positions,
    })),
    propRules: read(input.propRules, propRulesFrom),
  };
}

function newsWindowFrom(
  { from, to, currencies }: { from: string; to: string; currencies?: string[] },
  index: number,
): NewsWindow {
  const window = { from: Date.parse(from), to: Date.parse(to), ...(currencies && { currencies }) };
  if (window.from < window.to) return window;
  throw wrongLimit(`newsWindows/${index}/to`, 'must be later than "from"');
}

function propRulesFrom({
  startEquity,
  drawdown,
  maxDrawdown,
  maxDailyLoss,
  profitTarget,
  minTradingDays,
}: NonNullable<Static<typeof FurtherLimitsInput>['propRules']>): PropRules {
  if (moneyFrom(maxDrawdown) >= moneyFrom(startEquity))
    throw wrongLimit('propRules/maxDrawdown', 'must be below "startEquity", or it would never halt');
  if (minTradingDays !== undefined && profitTarget === undefined)
    throw wrongLimit('propRules/minTradingDays', 'must be left out without "profitTarget", which it is for');
  return {
    startEquity: moneyFrom(startEquity),
    drawdown,
    maxDrawdown: moneyFrom(maxDrawdown),
    ...(maxDailyLoss !== undefined && { maxDailyLoss: moneyFrom(maxDailyLoss) }),
    ...(profitTarget !== undefined && { profitTarget: moneyFrom(profitTarget) }),
    ...(minTradingDays !== undefined && { minTradingDays }),
  };
}

function wrongLimit(field: string, detail: string): Problem {
  const error = { pointer: `/limits/${field}`, detail };
  return new Problem('invalid-request', 'The body is not valid.', { errors: [error] });
}

/** Returns the limits that are left when these changes are made to others. */
export function withChanges(limits: FurtherLimits, changes: FurtherLimitChanges): FurtherLimits {
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...limits, ...Object.fromEntries(changed) });
  return Object.fromEntries(all.filter(([, value]) => value != null));
}

function read<Input, Value>(
  input: Input | null | undefined,
  parse: (input: Input) => Value,
): Value | null | undefined {
  return input == null ? (input as null | undefined) : parse(input);
}

function moneyFrom(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}
