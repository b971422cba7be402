/** What the account holds and is worth: the ledger of its transactions, valued at the newest quotes. */

import { AccountValue } from '../domain/account-value.ts';
import { equityOf, snapshotOf } from '../domain/account-money.ts';
import { assert } from '../shared/assert.ts';
import { Ledger } from '../domain/ledger.ts';
import type { AccountSnapshot } from '../domain/account.ts';
import type { ValueTerms } from '../domain/account-value.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { LedgerChange, LedgerOrder } from '../domain/ledger.ts';
import type { Position } from '../domain/position.ts';
import type { Transaction } from '../domain/transaction.ts';

/** Returns whether this open order waits for its price: it is no protection, and no market order on its way. */
export function isRestingEntry({ terms, brokerPositionId }: LedgerOrder): boolean {
  return brokerPositionId === undefined && terms.orderType !== 'market';
}

/** Ledger and value of one account, kept in step. Money is whole ten-thousandths of its currency. */
export class Portfolio {
  readonly ledger = new Ledger();
  readonly value: AccountValue;
  readonly #currency: string;
  #fundsPaidIn = 0;

  constructor(terms: ValueTerms) {
    this.value = new AccountValue(terms);
    this.#currency = terms.currency;
  }

  get hasOpenPositions(): boolean {
    return this.ledger.openPositions.size > 0;
  }

  /** Applies the next transaction and returns what changed, or undefined when it was applied before. */
  apply(transaction: Transaction): LedgerChange | undefined {
    if (transaction.id <= this.ledger.lastTransactionId) return undefined;
    const { balance } = this.ledger;
    const change = this.ledger.apply(transaction);
    if (transaction.type === 'account-opened') this.#checkCurrency(transaction.currency);
    if (transaction.type === 'account-adopted') {
      this.#checkCurrency(transaction.currency);
      this.#fundsPaidIn = transaction.balance;
      this.value.setLeastMarginRate(this.ledger.marginRate);
    }
    if (transaction.type === 'funds-transferred') this.#fundsPaidIn += transaction.amount;
    // Not known to be a result, so it makes no room for losses; what it takes counts as one.
    if (transaction.type === 'other') this.#fundsPaidIn += Math.max(0, this.ledger.balance - balance);
    if (transaction.type === 'account-configured') this.value.setLeastMarginRate(this.ledger.marginRate);
    for (const position of change.positions) this.value.setPosition(position);
    return change;
  }

  /** Balance and open result. */
  equity(): number {
    return equityOf(this);
  }

  /** Equity less all funds paid in: what trading has made. Paying in or out does not change it. */
  result(): number {
    return this.equity() - this.#fundsPaidIn;
  }

  /** Why the open result is not known, if it is not: see `AccountValue.gap`. */
  valuationGap(): DenialCode | undefined {
    return this.value.gap();
  }

  /** The open positions of a strategy, oldest first. */
  positionsOf(strategyId: string): readonly Position[] {
    const own: Position[] = [];
    for (const position of this.ledger.openPositions.values())
      if (position.strategyId === strategyId) own.push(position);
    return own;
  }

  /** The orders that wait at the broker to make new exposure, oldest first. */
  restingEntries(): readonly LedgerOrder[] {
    const resting: LedgerOrder[] = [];
    for (const order of this.ledger.openOrders.values()) if (isRestingEntry(order)) resting.push(order);
    return resting;
  }

  /** The account's money at `at`. */
  snapshot(at: number): AccountSnapshot {
    return snapshotOf(this, at);
  }

  #checkCurrency(currency: string): void {
    assert(
      currency === this.#currency,
      `an account in ${this.#currency} was wanted, the log says ${currency}`,
    );
  }
}
