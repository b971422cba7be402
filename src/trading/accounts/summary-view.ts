/** An account in numbers as its owner sees it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACCOUNT_STATUSES } from '../../core/domain/account.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { EQUITY_RULES } from '../../core/engine/equity-halts.ts';
import { Decimal, Id, Instant, instantText, moneyTextOrNull, orNull } from '../../http/values.ts';
import { MoneyView, moneyView, statusView } from './account-view.ts';
import { namedObject } from '../../http/schemas.ts';
import type { CurrencyExposure } from '../../core/domain/currency-exposure.ts';
import type { EquityRuleFigures } from '../../core/engine/equity-halts.ts';
import type { LossLimitFigures } from '../../core/engine/account-figures.ts';
import type { PeriodFigures } from '../../core/engine/period-starts.ts';
import type { AccountSummary } from './account-summary.ts';

const PeriodView = namedObject('PeriodResult', {
  startsAt: Type.String({ ...Instant, description: '17:00 New York; of a week on Friday.' }),
  measuredFrom: Type.String({
    ...Instant,
    description:
      'When the start was measured: later than `startsAt` where the account was made, connected or started again since.',
  }),
  startEquity: Type.String({ ...Decimal, description: 'The equity then.' }),
  fundsTransferred: Type.String({
    ...Decimal,
    description: 'What was paid in since, less what was paid out.',
  }),
  result: Type.String({
    ...Decimal,
    description:
      'What trading made since, open result included: `startEquity` + `fundsTransferred` + `result` is the equity now.',
  }),
});

const LossLimitView = namedObject('LossLimit', {
  name: Type.Enum(['maxDailyLoss', 'maxWeeklyLoss']),
  limit: Decimal,
  loss: orNull(
    Type.String({
      ...Decimal,
      description:
        'The loss since 17:00 New York (of a week on Friday), or since the account was resumed; below zero for a gain.',
    }),
  ),
  remaining: orNull(Type.String({ ...Decimal, description: 'How much more may be lost.' })),
  reached: Type.Boolean({ description: 'Whether it holds back new exposure.' }),
});

const EquityRuleView = namedObject('EquityRule', {
  name: Type.Enum([...EQUITY_RULES]),
  haltsAt: orNull(
    Type.String({
      ...Decimal,
      description: 'The equity at which it halts the account; of `propRules.profitTarget` the balance.',
    }),
  ),
  distance: orNull(
    Type.String({
      ...Decimal,
      description: 'How far that is. Null while it is not known, or the rule does not count yet.',
    }),
  ),
  reached: Type.Boolean({ description: 'Whether it holds back new exposure.' }),
});

/** The net exposure to one currency. */
export const ExposureView = namedObject('Exposure', {
  currency: Type.String({ examples: ['EUR'] }),
  amount: Type.String({
    ...Decimal,
    description: 'In the currency itself: above zero it is held, below it is owed.',
  }),
  value: Type.String({ ...Decimal, description: "In the account's currency, at middle prices." }),
});

const UNKNOWN = 'Null while a price is missing, and where this copy of the server does not run the account.';

export const SummaryView = namedObject('AccountSummary', {
  accountId: Id,
  status: Type.Enum(ACCOUNT_STATUSES),
  statusCode: orNull(Type.String({ description: 'Of an error: the name of its problem (`/problems/…`).' })),
  statusReason: orNull(Type.String({ description: 'Why it is halted, or cannot be run, and what to do.' })),
  source: Type.Enum(['live', 'stored'], {
    description: 'Whether the numbers are of this moment, or the last that were stored.',
  }),
  isHalted: Type.Boolean({ description: 'Whether new exposure is denied, by its owner or by a rule.' }),
  money: Type.Union([MoneyView, Type.Null()]),
  openOrders: Type.Integer(),
  openPositions: Type.Integer(),
  clockAheadMs: orNull(
    Type.Integer({
      description:
        "How far the clock of the server is ahead of the broker's at least, by its newest answer; below zero when it is behind. Null where that is not known, and of paper accounts.",
    }),
  ),
  today: Type.Union([PeriodView, Type.Null()], { description: `The trading day so far. ${UNKNOWN}` }),
  thisWeek: Type.Union([PeriodView, Type.Null()], { description: `The trading week so far. ${UNKNOWN}` }),
  lossLimits: Type.Union([Type.Array(LossLimitView), Type.Null()], {
    description:
      'How far off each limit on losses is that is set. Null where this copy of the server does not run the account.',
  }),
  equityRules: Type.Union([Type.Array(EquityRuleView), Type.Null()], {
    description:
      'How far off each other rule about the equity is that is set. Null where this copy of the server does not run the account.',
  }),
  exposure: Type.Union([Type.Array(ExposureView), Type.Null()], {
    description: `The net exposure to each currency: a long EUR_USD holds EUR and owes USD. ${UNKNOWN}`,
  }),
});

export function summaryView({
  account,
  snapshot,
  figures,
  clockAheadMs,
  ...numbers
}: AccountSummary): Static<typeof SummaryView> {
  return {
    ...numbers,
    accountId: account.id,
    ...statusView(account),
    clockAheadMs: clockAheadMs ?? null,
    money: snapshot ? moneyView(snapshot) : null,
    today: figures?.day ? periodView(figures.day) : null,
    thisWeek: figures?.week ? periodView(figures.week) : null,
    lossLimits: figures?.lossLimits.map(lossLimitView) ?? null,
    equityRules: figures?.equityRules.map(equityRuleView) ?? null,
    exposure: figures?.exposure?.map(exposureView) ?? null,
  };
}

function periodView({ startsAt, measuredAt, startEquity, fundsTransferred, result }: PeriodFigures) {
  return {
    startsAt: instantText(startsAt),
    measuredFrom: instantText(measuredAt),
    startEquity: formatMoney(startEquity),
    fundsTransferred: formatMoney(fundsTransferred),
    result: formatMoney(result),
  };
}

function lossLimitView({ name, limit, loss, isReached }: LossLimitFigures): Static<typeof LossLimitView> {
  return {
    name,
    limit: formatMoney(limit),
    loss: loss === undefined ? null : formatMoney(loss),
    remaining: loss === undefined ? null : formatMoney(Math.max(0, limit - loss)),
    reached: isReached,
  };
}

function equityRuleView({ name, haltsAt, distance, isReached }: EquityRuleFigures) {
  return {
    name,
    haltsAt: moneyTextOrNull(haltsAt),
    distance: moneyTextOrNull(distance),
    reached: isReached,
  };
}

/** Returns the exposure to a currency as people see it. */
export function exposureView({ currency, amount, value }: CurrencyExposure) {
  return { currency, amount: formatMoney(amount), value: formatMoney(value) };
}
