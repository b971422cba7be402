/** Logs drawn at random whose every transaction makes sense, for laws that hold of any log. */

import * as fc from 'fast-check';
import { Ledger } from '../../src/core/domain/ledger.ts';
import { oppositeSide } from '../../src/core/domain/order.ts';
import { openingSide } from '../../src/core/domain/position.ts';
import type { LedgerOrder } from '../../src/core/domain/ledger.ts';
import type { OrderSide, OrderTerms } from '../../src/core/domain/order.ts';
import type { Position } from '../../src/core/domain/position.ts';
import type { ClosedLot, Transaction, TransactionHead } from '../../src/core/domain/transaction.ts';

type Entry<T extends Transaction = Transaction> = T extends Transaction
  ? Omit<T, keyof TransactionHead>
  : never;

const KINDS = [
  'order',
  'order',
  'fill',
  'fill',
  'close',
  'protect',
  'cancel',
  'reject',
  'financing',
  'financing',
  'dividend',
  'transfer',
  'other',
] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly side: OrderSide;
  readonly units: number;
  readonly part: number;
  readonly money: number;
  readonly gap: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  side: fc.constantFrom('buy', 'sell'),
  units: fc.integer({ min: 1, max: 50_000 }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
  money: fc.integer({ min: -99_999, max: 99_999 }),
  gap: fc.nat(2),
});

/** Draws the log of a netting or a hedging account: orders in parts, several lots, protection, financing, gaps in its numbers. */
export const drawnLog: fc.Arbitrary<readonly Transaction[]> = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 60 }))
  .map(([hedging, steps]) => new LogDrawer(hedging).draw(steps));

class LogDrawer {
  readonly #hedging: boolean;
  readonly #ledger = new Ledger();
  readonly #log: Transaction[] = [];

  constructor(hedging: boolean) {
    this.#hedging = hedging;
  }

  draw(steps: readonly Step[]): readonly Transaction[] {
    this.#write({ type: 'account-opened', currency: 'USD' });
    this.#write({ type: 'funds-transferred', amount: 100_000_000, balance: 100_000_000 });
    for (const drawn of steps) this.#take(drawn);
    return this.#log;
  }

  #take(drawn: Step): void {
    const { kind, side, units, money, gap } = drawn;
    const position = pick([...this.#ledger.openPositions.values()], drawn);
    const order = pick([...this.#ledger.openOrders.values()], drawn);
    switch (kind) {
      case 'order':
        return this.#create({ orderType: 'limit', side, units, price: 110_000, timeInForce: 'GTC' }, gap);
      case 'fill':
        return order && this.#fill(order, drawn);
      case 'close':
        return position && this.#close(position, drawn);
      case 'protect':
        return position && this.#protect(position, gap);
      case 'cancel':
        return (
          order && this.#write({ type: 'order-cancelled', orderId: order.orderId, reason: 'expired' }, gap)
        );
      case 'reject':
        return this.#write({
          type: 'order-rejected',
          terms: termsOf({ side, units }),
          reason: 'units-invalid',
        });
      case 'financing':
        return this.#charge('financing-charged', money);
      case 'dividend':
        return this.#charge('dividend-adjusted', money);
      case 'transfer':
        return this.#write({
          type: 'funds-transferred',
          amount: money,
          balance: this.#ledger.balance + money,
        });
      case 'other':
        return this.#write({ type: 'other', brokerType: 'UNHEARD_OF' }, gap);
    }
  }

  #write(entry: Entry, gap = 0): void {
    const id = this.#ledger.lastTransactionId + 1 + gap;
    const transaction = { id, batchId: id, at: id * 1_000, ...entry } as Transaction;
    this.#ledger.apply(transaction);
    this.#log.push(transaction);
  }

  #create(terms: Partial<OrderTerms>, gap: number, brokerPositionId?: number): void {
    const reason = brokerPositionId === undefined ? 'client' : 'close';
    this.#write({ type: 'order-created', terms: termsOf(terms), brokerPositionId, reason }, gap);
  }

  #protect({ brokerPositionId, side, openUnits }: Position, gap: number): void {
    const stop = { orderType: 'stop_loss', price: 100_000, units: openUnits, timeInForce: 'GTC' } as const;
    const terms = termsOf({ ...stop, side: oppositeSide(openingSide(side)) });
    this.#write({ type: 'order-created', terms, brokerPositionId, reason: 'client' }, gap);
  }

  #close(position: Position, drawn: Step): void {
    const { brokerPositionId, side, openUnits } = position;
    const units = partOf(openUnits, drawn.part);
    this.#create({ side: oppositeSide(openingSide(side)), units }, drawn.gap, brokerPositionId);
    const order = this.#ledger.openOrders.get(this.#ledger.lastTransactionId);
    if (order) this.#fill(order, { ...drawn, part: 1 });
  }

  #fill(order: LedgerOrder, { part, money }: Step): void {
    const { orderId, terms, filledUnits } = order;
    const units = partOf(terms.units - filledUnits, part);
    const closed = this.#closings(order, units, money);
    const closedUnits = sum(closed.map((lot) => lot.units));
    const isOfPosition = order.brokerPositionId !== undefined;
    // Nothing is left of its position: a broker fills no units and takes nothing for it.
    if (isOfPosition && closedUnits === 0)
      return this.#write({ type: 'order-cancelled', orderId, reason: 'linked-position-closed' });
    const commission = Math.abs(money) % 1_000;
    const booked = sum(closed.map((lot) => lot.realizedPnl + lot.financing)) - commission;
    this.#write({
      type: 'order-filled',
      orderId,
      instrument: terms.instrument,
      side: terms.side,
      units: isOfPosition ? closedUnits : units,
      remainingUnits: isOfPosition ? 0 : terms.units - filledUnits - units,
      price: 110_000 + (money % 100),
      bid: 110_000,
      ask: 110_010,
      reason: 'limit',
      openedUnits: isOfPosition ? 0 : units - closedUnits,
      closed,
      commission,
      spreadCost: commission,
      slippageCost: commission,
      balance: this.#ledger.balance + booked,
    });
  }

  /** Closes the lot that the order concerns or, when netting, those of the other side, the oldest first. */
  #closings(order: LedgerOrder, units: number, money: number): readonly ClosedLot[] {
    const own = order.brokerPositionId;
    const isMet = (lot: Position): boolean =>
      own === undefined
        ? !this.#hedging && openingSide(lot.side) !== order.terms.side
        : lot.brokerPositionId === own;
    const closed: ClosedLot[] = [];
    let rest = units;
    for (const { brokerPositionId, openUnits } of [...this.#ledger.openPositions.values()].filter(isMet)) {
      const lotUnits = Math.min(rest, openUnits);
      if (lotUnits === 0) break;
      const financing = money % 7;
      closed.push({ brokerPositionId, units: lotUnits, realizedPnl: money, financing, conversionCost: 0 });
      rest -= lotUnits;
    }
    return closed;
  }

  #charge(type: 'financing-charged' | 'dividend-adjusted', money: number): void {
    const charges = [...this.#ledger.openPositions.keys()].map((brokerPositionId) => ({
      brokerPositionId,
      amount: (money * brokerPositionId) % 99_999,
    }));
    const amount = sum(charges.map((charge) => charge.amount));
    this.#write({ type, amount, charges, balance: this.#ledger.balance + amount });
  }
}

function termsOf(terms: Partial<OrderTerms>): OrderTerms {
  const usual = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', timeInForce: 'FOK' } as const;
  return { ...usual, units: 1, ...terms };
}

function pick<T>(items: readonly T[], { part }: Step): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(part * items.length))];
}

function partOf(units: number, part: number): number {
  return Math.max(1, Math.round(units * part));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
