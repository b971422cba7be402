/**
 * The rest of orders that filled in part. OANDA ends such an order with its fill and creates another one of the rest, in the same batch:
 * to us it is the same order still, under the number that it had first. Source: OANDA v20, `orderReissueTransaction`.
 */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { Decimal, Id, idOf, isGiven, maybe } from './wire-values.ts';
import type { Static } from 'typebox';
import type { Transaction } from '../../../core/domain/transaction.ts';

const Fill = Type.Object({
  id: Id,
  batchID: Id,
  type: Type.Literal('ORDER_FILL'),
  orderID: Id,
  clientOrderID: maybe(Type.String()),
  instrument: Type.String(),
  units: Decimal,
  requestedUnits: Decimal,
});
const Order = Type.Object({
  id: Id,
  batchID: Id,
  type: Type.Union(
    ['LIMIT_ORDER', 'STOP_ORDER', 'MARKET_IF_TOUCHED_ORDER'].map((type) => Type.Literal(type)),
  ),
  instrument: Type.String(),
  units: Decimal,
  clientExtensions: maybe(Type.Object({ id: maybe(Type.String()) })),
});
const Cancel = Type.Object({ id: Id, batchID: Id, type: Type.Literal('ORDER_CANCEL'), orderID: Id });

/** Units have one decimal at most: what is smaller is the error of doubles. */
const LEAST_UNITS = 0.001;

/** What transactions that came together say of fills in part. */
export interface PartialFills {
  /** The units that an order may still fill after a fill, by the number of the fill. */
  readonly restByFill: ReadonlyMap<number, number>;
  /** The number of the order whose rest a transaction creates again, by the number of that transaction. */
  readonly orderByReissue: ReadonlyMap<number, number>;
}

/** Returns what the transactions say, which must hold the batches of their fills to the end. */
export function partialFills(raws: readonly unknown[]): PartialFills {
  const restByFill = new Map<number, number>();
  const orderByReissue = new Map<number, number>();
  for (const fill of raws.filter((raw) => Value.Check(Fill, raw))) {
    const rest = Number(fill.requestedUnits) - Number(fill.units);
    if (Math.abs(rest) < LEAST_UNITS) continue;
    const later = raws.filter((raw) => isLaterInBatch(raw, fill));
    const reissue = later.find((raw) => isRestOf(raw, fill, rest));
    const isCancelled = later.some(
      (raw) => Value.Check(Cancel, raw) && idOf(raw.orderID) === idOf(fill.orderID),
    );
    if (reissue) orderByReissue.set(idOf(reissue.id), idOf(fill.orderID));
    if (reissue || isCancelled) restByFill.set(idOf(fill.id), Math.abs(rest));
  }
  return { restByFill, orderByReissue };
}

function isLaterInBatch(raw: unknown, fill: Static<typeof Fill>): boolean {
  const Place = Type.Object({ id: Id, batchID: Id });
  return Value.Check(Place, raw) && idOf(raw.batchID) === idOf(fill.batchID) && idOf(raw.id) > idOf(fill.id);
}

function isRestOf(raw: unknown, fill: Static<typeof Fill>, rest: number): raw is Static<typeof Order> {
  if (!Value.Check(Order, raw) || raw.instrument !== fill.instrument) return false;
  const clientId = raw.clientExtensions?.id;
  const isSame = !isGiven(clientId) || clientId === fill.clientOrderID;
  return isSame && Math.abs(Number(raw.units) - rest) < LEAST_UNITS;
}

/** Under which numbers orders continue. */
export class Reissues {
  readonly #firstByNumber = new Map<number, number>();
  readonly #numberByFirst = new Map<number, number>();

  /** Takes note of a transaction; each is shown once. */
  note(transaction: Transaction): void {
    if (transaction.type !== 'other' || transaction.reissues === undefined) return;
    this.#firstByNumber.set(transaction.id, transaction.reissues);
    this.#numberByFirst.set(transaction.reissues, transaction.id);
  }

  /** The number that an order of OANDA's had first. */
  first(orderId: number): number {
    return this.#firstByNumber.get(orderId) ?? orderId;
  }

  /** The number under which OANDA knows an order now. */
  now(orderId: number): number {
    return this.#numberByFirst.get(orderId) ?? orderId;
  }
}
