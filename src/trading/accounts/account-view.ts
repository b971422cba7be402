/** An account as its owner sees it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACCOUNT_STATUSES, ENVIRONMENTS } from '../../core/domain/account.ts';
import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  InstrumentName,
  moneyTextOrNull,
  orNull,
  pipsTextOrNull,
  WholeUnits,
} from '../../http/values.ts';
import { FURTHER_LIMITS_VIEW, furtherLimitsView } from '../limits/further-limits-view.ts';
import { percentTextOrNull } from '../../persistence/column-values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { AccountSnapshot, RiskLimits } from '../../core/domain/account.ts';
import type { StoredAccount } from './account-store.ts';

/** An account's money at one moment. */
export const MoneyView = namedObject('AccountMoney', {
  at: Instant,
  balance: Decimal,
  nav: Type.String({ description: 'The equity: balance and open result.' }),
  unrealizedPnl: Decimal,
  marginUsed: Decimal,
  marginAvailable: Decimal,
  marginCall: Type.Boolean({ description: 'The broker warns that margin is short.' }),
  marginCloseoutPercent: Type.Union([Decimal, Type.Null()], {
    description:
      'Margin used / (2 × equity at middle prices): at 1 the broker closes everything. Null while a price is missing or the equity is gone.',
  }),
});

/** Null is no limit. */
const LimitsView = namedObject('AccountLimits', {
  maxOrderUnits: orNull(WholeUnits),
  maxPositionUnits: orNull(WholeUnits),
  maxDailyLoss: orNull(Decimal),
  maxSpreadPips: orNull(Decimal),
  allowedInstruments: orNull(Type.Array(InstrumentName)),
  ...FURTHER_LIMITS_VIEW,
  entryLeaseMinutes: orNull(Type.Integer()),
});

/** What of an account can be changed and read. */
export const ACCOUNT_VERSION = ['name', 'leverage', 'limits', 'waivedLimits', 'recordQuotes'];

export const AccountView = namedObject('Account', {
  id: Id,
  name: Type.String(),
  environment: Type.Enum(ENVIRONMENTS),
  brokerAccountId: orNull(Type.String({ description: 'Its id at the broker; null for a paper account.' })),
  currency: Type.Enum(ACCOUNT_CURRENCIES),
  hedging: Type.Boolean(),
  leverage: orNull(
    Type.Number({
      description: 'The most leverage of any instrument; null when their own margin rates hold.',
    }),
  ),
  initialBalance: orNull(Decimal),
  status: Type.Enum(ACCOUNT_STATUSES, {
    description: '`error`: it cannot be run at the moment. It is tried again, at the latest every minute.',
  }),
  statusCode: orNull(Type.String({ description: 'Of an error: the name of its problem (`/problems/…`).' })),
  statusReason: orNull(Type.String({ description: 'Why it is halted, or cannot be run.' })),
  limits: LimitsView,
  waivedLimits: Type.Array(Type.String(), {
    description: 'The limits that a live account does without, because its owner said so.',
  }),
  recordQuotes: Type.Boolean({ description: 'Whether the quotes of what it trades are stored.' }),
  money: Type.Union([MoneyView, Type.Null()], { description: 'Null until the broker has reported it.' }),
  createdAt: Instant,
});

export function accountView(account: StoredAccount): Static<typeof AccountView> {
  return {
    id: account.id,
    name: account.name,
    environment: account.environment,
    brokerAccountId: account.environment === 'paper' ? null : account.brokerAccountId,
    currency: account.currency,
    hedging: account.hedging,
    leverage: leverageOf(account.marginRate),
    initialBalance: moneyTextOrNull(account.initialBalance),
    ...statusView(account),
    limits: limitsView(account.limits),
    waivedLimits: [...account.waivedLimits],
    recordQuotes: account.recordQuotes,
    money: account.snapshot ? moneyView(account.snapshot) : null,
    createdAt: instantText(account.createdAt),
  };
}

/** Returns whether an account trades, and why if it does not. */
export function statusView({ status, statusReason, fault }: StoredAccount) {
  return {
    status: fault ? ('error' as const) : status,
    statusCode: fault?.code ?? null,
    statusReason: fault?.reason ?? statusReason ?? null,
  };
}

/** A rate of 0.0333 is a leverage of 30.03; two digits say more than anyone sets. */
function leverageOf(marginRate: number): number | null {
  return marginRate === 0 ? null : Math.round(100 / marginRate) / 100;
}

/** Returns an account's money as its owner sees it. */
export function moneyView(snapshot: AccountSnapshot): Static<typeof MoneyView> {
  return {
    at: instantText(snapshot.at),
    balance: formatMoney(snapshot.balance),
    nav: formatMoney(snapshot.nav),
    unrealizedPnl: formatMoney(snapshot.unrealizedPnl),
    marginUsed: formatMoney(snapshot.marginUsed),
    marginAvailable: formatMoney(snapshot.marginAvailable),
    marginCall: snapshot.isMarginCalled,
    marginCloseoutPercent: percentTextOrNull(snapshot.marginCloseoutPercent),
  };
}

function limitsView(limits: RiskLimits): Static<typeof LimitsView> {
  const { maxSpreadPoints, allowedInstruments } = limits;
  return {
    maxOrderUnits: limits.maxOrderUnits ?? null,
    maxPositionUnits: limits.maxPositionUnits ?? null,
    maxDailyLoss: moneyTextOrNull(limits.maxDailyLoss),
    maxSpreadPips: pipsTextOrNull(maxSpreadPoints),
    allowedInstruments: allowedInstruments ? [...allowedInstruments] : null,
    ...furtherLimitsView(limits),
    entryLeaseMinutes: limits.entryLeaseMinutes ?? null,
  };
}
