/** Accounts: money at a broker, with the limits its owner set. */

export const ENVIRONMENTS = ['paper', 'practice', 'live'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** The environments of accounts at a broker; a token opens them. */
export const BROKER_ENVIRONMENTS = ['practice', 'live'] as const;
export type BrokerEnvironment = (typeof BROKER_ENVIRONMENTS)[number];

/** Returns whether orders in this environment move real money. */
export function isRealMoney(environment: Environment): boolean {
  return environment === 'live';
}

/**
 * Returns whether the broker closes positions of one size first in, first out: it does for accounts of OANDA's division in the United States,
 * which the second part of their id says. Source: NFA rule 2-43(b); OANDA v20, ids such as 101-001-1435156-001.
 */
export function isFirstInFirstOut(environment: Environment, brokerAccountId: string): boolean {
  return environment !== 'paper' && brokerAccountId.split('-')[1] === '001';
}

export const ACCOUNT_STATUSES = ['idle', 'trading', 'halted', 'error'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

export const JURISDICTIONS = ['US', 'JP', 'EU', 'UK', 'AU', 'OTHER'] as const;

/** What the risk gate holds an account to. Undefined means no limit. Money in ten-thousandths, spread in tenths of a pip. */
export interface RiskLimits extends FurtherLimits {
  readonly maxOrderUnits?: number | undefined;
  /** The largest position that orders of one instrument may lead to, in units: net, or all units of a hedging account. */
  readonly maxPositionUnits?: number | undefined;
  /** The largest loss of equity since 17:00 New York, open result included. */
  readonly maxDailyLoss?: number | undefined;
  readonly maxSpreadPoints?: number | undefined;
  readonly allowedInstruments?: readonly string[] | undefined;
}

/** Limits on the account as a whole. Undefined means no limit. Money in ten-thousandths. */
export interface FurtherLimits {
  /** The largest net exposure to any currency over all pairs that orders may lead to. */
  readonly maxCurrencyExposure?: number | undefined;
  /** The largest value of all positions that orders may lead to, whatever their side. */
  readonly maxExposure?: number | undefined;
  /** How many positions orders may lead to. */
  readonly maxOpenPositions?: number | undefined;
  /** The largest loss of equity since Friday 17:00 New York, open result included. */
  readonly maxWeeklyLoss?: number | undefined;
  /** How many entries may be sent within a minute. */
  readonly maxOrdersPerMinute?: number | undefined;
  /** How many orders may open a position on one trading day. */
  readonly maxTradesPerDay?: number | undefined;
  /** How many times the usual spread of the hour of the week a spread may be. */
  readonly maxSpreadRatio?: number | undefined;
  /** Entries need a stop loss or a trailing stop; a position without one gets a stop at this distance, in tenths of a pip, if there is one. */
  readonly requireStopLoss?: { readonly distancePoints?: number | undefined } | undefined;
  readonly weekend?: WeekendRule | undefined;
  /** No entries so long before and after 17:00 New York. */
  readonly rollOver?: { readonly minutesBefore: number; readonly minutesAfter: number } | undefined;
  readonly newsWindows?: readonly NewsWindow[] | undefined;
  readonly profitTarget?: ProfitTarget | undefined;
  readonly profitLock?: ProfitLock | undefined;
  readonly propRules?: PropRules | undefined;
  readonly marginGuard?: MarginGuard | undefined;
  /** For how many minutes a broker keeps an entry that rests unless this server renews it. */
  readonly entryLeaseMinutes?: number | undefined;
}

/**
 * Halts before the broker closes everything: when its margin closeout percent reaches `closeoutPercent`, in whole hundred-thousandths. Where
 * `positions` says so, the largest loss is closed then, and the next one while that was not enough.
 */
export interface MarginGuard {
  readonly closeoutPercent: number;
  readonly positions: 'keep' | 'close_largest_loss';
}

/**
 * No entries so long before the market closes for a weekend or a holiday; then those that rest are cancelled, and positions closed, where it
 * says so.
 */
export interface WeekendRule {
  readonly minutesBefore: number;
  readonly entries: 'deny' | 'cancel';
  readonly positions: 'keep' | 'close';
}

/** No entries from `from` to before `to` (UTC ms), in instruments with one of the currencies, or in any. */
export interface NewsWindow {
  readonly from: number;
  readonly to: number;
  readonly currencies?: readonly string[] | undefined;
}

/** Halts when the equity has reached an amount; where `positions` says so, everything is closed. */
export interface ProfitTarget {
  readonly equity: number;
  readonly positions: 'keep' | 'close';
}

/** Once the profit of the trading day has reached `from`, halts when it falls to the part `keep` of the most that it was. */
export interface ProfitLock {
  readonly from: number;
  readonly keep: number;
  readonly positions: 'keep' | 'close';
}

/** The rules under which a firm lets its money be traded. The equity may fall by `maxDrawdown` from the start, or from its highest since. */
export interface PropRules {
  readonly startEquity: number;
  readonly drawdown: 'static' | 'trailing';
  readonly maxDrawdown: number;
  /** The largest loss since 17:00 New York. */
  readonly maxDailyLoss?: number | undefined;
  /** By how much the balance is to grow. */
  readonly profitTarget?: number | undefined;
  /** On how many trading days a position must have been opened before the target counts. */
  readonly minTradingDays?: number | undefined;
}

/** The limits that an account with real money must have, or its owner must waive one by one. */
export const LIVE_RAILS = ['maxOrderUnits', 'maxPositionUnits', 'maxDailyLoss', 'maxSpreadPips'] as const;
export type LiveRail = (typeof LIVE_RAILS)[number];

/** Returns the rails that are neither set nor waived. */
export function missingRails(limits: RiskLimits, waived: readonly string[]): readonly LiveRail[] {
  const set: Readonly<Record<LiveRail, number | undefined>> = {
    maxOrderUnits: limits.maxOrderUnits,
    maxPositionUnits: limits.maxPositionUnits,
    maxDailyLoss: limits.maxDailyLoss,
    maxSpreadPips: limits.maxSpreadPoints,
  };
  return LIVE_RAILS.filter((rail) => set[rail] === undefined && !waived.includes(rail));
}

/** How many orders may wait at a broker at once, those that protect positions included, and how many positions be open. */
export interface CountLimits {
  readonly pendingOrders: number;
  readonly openPositions: number;
}

/** Those of paper accounts. OANDA has such limits (reasons PENDING_ORDERS_ALLOWED_EXCEEDED, OPEN_TRADES_ALLOWED_EXCEEDED) and publishes no numbers. */
export const PAPER_COUNT_LIMITS: CountLimits = { pendingOrders: 1_000, openPositions: 1_000 };

/** The account's money at one moment, in ten-thousandths of its currency. `nav` is the equity: balance and open result. */
export interface AccountSnapshot {
  readonly at: number;
  readonly balance: number;
  readonly nav: number;
  readonly marginUsed: number;
  readonly marginAvailable: number;
  readonly unrealizedPnl: number;
  /** Whether the broker warns that margin is short. */
  readonly isMarginCalled: boolean;
  /**
   * How near the broker is to closing everything, in whole hundred-thousandths: at 100,000 it does. Undefined while a price is
   * missing, and when the equity is gone.
   */
  readonly marginCloseoutPercent: number | undefined;
  readonly lastTransactionId: number;
}
