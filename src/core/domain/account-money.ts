/** The account's money, rounded here and nowhere else: engine, gate and exchange must name the same amounts. */

import { bookMoney } from './money.ts';
import type { AccountSnapshot } from './account.ts';
import type { AccountValue } from './account-value.ts';
import type { Ledger } from './ledger.ts';

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
  const { balance, lastTransactionId } = account.ledger;
  const nav = equityOf(account);
  const marginUsed = bookMoney(account.value.marginUsed());
  const marginAvailable = Math.max(0, nav - marginUsed);
  return { at, balance, nav, marginUsed, marginAvailable, unrealizedPnl: nav - balance, lastTransactionId };
}
