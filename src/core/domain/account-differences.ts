/** How an account at its broker differs from our ledger of it. With a whole log and a right ledger it never does. */

import { assert } from '../shared/assert.ts';
import { formatMoney } from './money.ts';
import { isProtective } from './order.ts';
import { subtractUnits } from './units.ts';
import type { Ledger } from './ledger.ts';
import type { OrderTerms } from './order.ts';
import type { AccountAdopted } from './transaction.ts';

/**
 * Returns each difference as a sentence, none when both agree in balance, open positions and resting orders. Both must stand at the same
 * transaction. What the log does not state is not compared: prices that trail, units of an order that protects a position.
 */
export function accountDifferences(ledger: Ledger, stated: AccountAdopted): readonly string[] {
  assert(
    ledger.lastTransactionId === stated.id,
    `the broker's account at transaction ${ledger.lastTransactionId} was expected, was at ${stated.id}`,
  );
  return [
    ...balanceDifference(ledger, stated),
    ...compareLots(ledger, stated),
    ...compareOrders(ledger, stated),
  ];
}

function balanceDifference(ledger: Ledger, stated: AccountAdopted): readonly string[] {
  if (ledger.balance === stated.balance) return [];
  return [`the balance is ${formatMoney(stated.balance)} at the broker, ${formatMoney(ledger.balance)} here`];
}

function compareLots({ openPositions }: Ledger, { positions }: AccountAdopted): readonly string[] {
  const own = [...openPositions.values()].map((lot) => [lot.brokerPositionId, describeLot(lot)] as const);
  const theirs = positions.map((lot) => [lot.brokerPositionId, describeLot(lot)] as const);
  return compare('position', new Map(own), new Map(theirs));
}

function compareOrders({ openOrders }: Ledger, { orders }: AccountAdopted): readonly string[] {
  const own = [...openOrders.values()].map(
    (order) => [order.reissuedAs ?? order.orderId, describeOrder(order)] as const,
  );
  const theirs = orders.map((order) => [order.orderId, describeOrder(order)] as const);
  return compare('order', new Map(own), new Map(theirs));
}

type Described = ReadonlyMap<number, string>;

function compare(what: string, own: Described, theirs: Described): readonly string[] {
  const numbers = [...new Set([...own.keys(), ...theirs.keys()])].toSorted((a, b) => a - b);
  return numbers.flatMap((number) => {
    const [here, there] = [own.get(number), theirs.get(number)];
    if (here === there) return [];
    return [`${what} ${number} is ${there ?? 'not'} at the broker, ${here ?? 'not'} here`];
  });
}

function describeLot(lot: {
  readonly side: string;
  readonly openUnits: number;
  readonly instrument: string;
}): string {
  return `${lot.side} ${lot.openUnits} ${lot.instrument}`;
}

interface RestingOrder {
  readonly terms: OrderTerms;
  readonly filledUnits?: number | undefined;
}

/** Prices are points: text for people needs the instrument, and here it is only to be equal or not. */
function describeOrder({ terms, filledUnits = 0 }: RestingOrder): string {
  const { orderType, side, instrument, price, trailingDistance } = terms;
  // A broker may continue what is left as an order of its own.
  const units = subtractUnits(terms.units, filledUnits);
  const what = isProtective(terms) ? orderType : `${orderType} ${side} ${units} ${instrument}`;
  return orderType === 'trailing_stop'
    ? `${what} by ${trailingDistance} points`
    : `${what} at ${price} points`;
}
