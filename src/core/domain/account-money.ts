/** The account's money, rounded here and nowhere else: engine, gate and exchange must name the same amounts. */

import { bookMoney } from './money.ts';
import { roundHalfAway } from '../shared/decimal.ts';
import type { AccountSnapshot } from './account.ts';
import type { AccountValue } from './account-value.ts';
import type { Ledger } from './ledger.ts';

/** Digits after the point of a margin closeout percent, as OANDA states it: 0.14923. */
export const PERCENT_PLACES = 5;

/** A share of equity that is nearly gone has no bound: more than 99999.99999 is not distinguished. */
const LARGEST_PERCENT = 9_999_999_999;

/** The log's side of the account and its value at the newest prices. */
export interface Valued {
  readonly ledger: Ledger;
  readonly value: AccountValue;
}

/** Returns balance and open result in whole ten-thousandths. The open result is rounded by itself, as closing it would book it. */
export function equityOf({ ledger, value }: Valued): number {
  return ledger.balance + bookMoney(value.unrealizedPnl());
}

/** Returns the account's money at `at` in whole ten-thousandths. */
export function snapshotOf(account: Valued, at: number): AccountSnapshot {
  const { balance, lastTransactionId, isMarginCalled } = account.ledger;
  const nav = equityOf(account);
  const marginUsed = bookMoney(account.value.marginUsed());
  return {
    at,
    balance,
    nav,
    marginUsed,
    marginAvailable: Math.max(0, nav - marginUsed),
    unrealizedPnl: nav - balance,
    isMarginCalled,
    marginCloseoutPercent: closeoutPercentOf(account),
    lastTransactionId,
  };
}

/** Returns what new exposure may bind, in whole ten-thousandths. */
export function marginAvailableOf(account: Valued): number {
  return Math.max(0, equityOf(account) - bookMoney(account.value.marginUsed()));
}

/**
 * Returns how far the equity may fall, in whole ten-thousandths, until the margin closeout percent is this share (whole hundred-thousandths)
 * if the margin stays what it is; below zero beyond it, undefined without open positions and while a price is missing.
 */
export function distanceToCloseout({ ledger, value }: Valued, percent: number): number | undefined {
  if (ledger.openPositions.size === 0) return undefined;
  const atMiddle = value.atMiddle();
  if (atMiddle === undefined) return undefined;
  const equity = ledger.balance + atMiddle.gains - atMiddle.losses;
  const least = (value.marginUsed() * 10 ** PERCENT_PLACES) / (2 * percent);
  return Math.floor(equity - least);
}

/** Source: OANDA v20, marginCloseoutPercent = margin used / (2 × equity at middle prices); at 1 everything is closed. */
function closeoutPercentOf({ ledger, value }: Valued): number | undefined {
  if (ledger.openPositions.size === 0) return 0;
  const atMiddle = value.atMiddle();
  const equity = atMiddle && ledger.balance + atMiddle.gains - atMiddle.losses;
  if (equity === undefined || equity <= 0) return undefined;
  const percent = roundHalfAway((value.marginUsed() / (2 * equity)) * 10 ** PERCENT_PLACES);
  return Math.min(percent, LARGEST_PERCENT);
}
