/**
 * Renewals of entries that rest. OANDA changes how long an order is good for by putting another one in its place: when that has the same
 * client id and asks for the same, it is to us the same order still, under the number that it had first.
 */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { isProtective } from '../../../core/domain/order.ts';
import { Id, idOf } from './wire-values.ts';
import type { OrderTerms } from '../../../core/domain/order.ts';
import type { OrderCreated, OrderRejected, Transaction } from '../../../core/domain/transaction.ts';

/** What a renewal leaves as it is. */
const SAME = [
  'instrument',
  'orderType',
  'side',
  'units',
  'price',
  'priceBound',
  'triggerCondition',
  'positionFill',
  'takeProfit',
  'stopLoss',
  'trailingDistance',
  'takeProfitDistance',
  'stopLossDistance',
] as const satisfies readonly (keyof OrderTerms)[];

/** A rejection names the order whose place was wanted. Source: OANDA v20, OrderRejectTransaction. */
const Intended = Type.Object({ intendedReplacesOrderID: Id });

/** An entry that rests; the units are those that it may still fill. */
interface RestingEntry {
  readonly clientOrderId: string;
  readonly terms: OrderTerms;
}

/** The entries with a client id that rest, by the number that they had first. */
export class RestingEntries {
  readonly #byNumber = new Map<number, RestingEntry>();

  /** Takes note of a transaction under first numbers; each is shown once, in order. */
  note(transaction: Transaction): void {
    if (transaction.type === 'order-created') this.#add(transaction);
    else if (transaction.type === 'order-cancelled') this.#byNumber.delete(transaction.orderId);
    else if (transaction.type === 'order-filled') {
      const { orderId, remainingUnits = 0 } = transaction;
      const entry = this.#byNumber.get(orderId);
      if (entry && remainingUnits > 0)
        this.#byNumber.set(orderId, { ...entry, terms: { ...entry.terms, units: remainingUnits } });
      else this.#byNumber.delete(orderId);
    }
  }

  /** Returns whether an order takes the place of the entry with this first number, and only how long it is good for may differ. */
  isRenewal(first: number, { clientOrderId, terms }: OrderCreated): boolean {
    const entry = this.#byNumber.get(first);
    return (
      entry !== undefined &&
      (clientOrderId ?? entry.clientOrderId) === entry.clientOrderId &&
      SAME.every((name) => terms[name] === entry.terms[name])
    );
  }

  /** Returns whether this is the refusal of a renewal: it leaves the entry as it was. `firstOf` gives the first number of an order. */
  isRefusal(raw: unknown, { clientOrderId }: OrderRejected, firstOf: (orderId: number) => number): boolean {
    if (!Value.Check(Intended, raw)) return false;
    const entry = this.#byNumber.get(firstOf(idOf(raw.intendedReplacesOrderID)));
    return entry !== undefined && (clientOrderId ?? entry.clientOrderId) === entry.clientOrderId;
  }

  #add({ id, clientOrderId, terms, brokerPositionId }: OrderCreated): void {
    const isEntry = brokerPositionId === undefined && terms.orderType !== 'market' && !isProtective(terms);
    if (isEntry && clientOrderId !== undefined) this.#byNumber.set(id, { clientOrderId, terms });
  }
}
