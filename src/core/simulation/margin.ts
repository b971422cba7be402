/** Margin: whether an order has enough of it. */

import { present } from '../shared/assert.ts';
import { snapshotOf } from '../domain/account-money.ts';
import { instrumentNamed } from '../domain/instrument.ts';
import { closedUnits } from './fill-plan.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { FillPlan } from './fill-plan.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Returns whether the account can carry what the order opens: the margin that the instrument binds may grow by what is
 * available. An order that does not make it grow always passes.
 */
export function hasMarginFor(account: SimulatedAccount, { terms }: LedgerOrder, plan: FillPlan): boolean {
  const { long, short } = account.value.openUnits(terms.instrument);
  const change = { opened: plan.openedUnits, closed: closedUnits(plan) };
  const after =
    terms.side === 'buy'
      ? { long: long + change.opened, short: short - change.closed }
      : { long: long - change.closed, short: short + change.opened };
  const growth =
    marginOf(account, terms.instrument, after) - marginOf(account, terms.instrument, { long, short });
  return growth <= 0 || growth <= snapshotOf(account, account.clock.now).marginAvailable;
}

function marginOf(
  { value }: SimulatedAccount,
  instrumentName: string,
  { long, short }: { long: number; short: number },
): number {
  const margin = value.marginFor(instrumentNamed(instrumentName), Math.max(long, short));
  return present(margin, `price for the margin of ${instrumentName}`);
}
