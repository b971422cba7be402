/** Margin: whether an order has enough of it. */

import { fillUnits, marginNeed } from '../domain/exposure.ts';
import { oppositeSide } from '../domain/order.ts';
import { present } from '../shared/assert.ts';
import { marginAvailableOf } from '../domain/account-money.ts';
import { commissionFor } from './costs.ts';
import { marketPrice, pointsWorse } from './fill-price.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** Returns whether the free margin is enough for an order that fills at `price` while `quote` is in force, its costs included. */
export function hasMarginFor(
  account: SimulatedAccount,
  terms: OrderTerms,
  quote: Quote,
  price: number,
): boolean {
  const { value, options } = account;
  const instrument = value.instruments.named(terms.instrument);
  const filled = fillUnits(value.openUnits(terms.instrument), terms, options.hedging);
  const lostPoints = pointsWorse(terms.side, price, marketPrice(oppositeSide(terms.side), quote));
  const need = present(
    marginNeed(value, instrument, filled, lostPoints),
    'price for the margin of',
    terms.instrument,
  );
  const taken = need + commissionFor(options.costs, terms.units);
  return taken <= marginAvailableOf(account);
}
