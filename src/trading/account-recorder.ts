/** Takes an account's transactions into engine and database: each once, in order, and together with what it projects to. */

import { isProtective, LONGEST_OCO_GROUP, LONGEST_TAG } from '../core/domain/order.ts';
import { positionRowId, projectChanges } from '../core/domain/projection.ts';
import { FINEST_UNITS, isUnits } from '../core/domain/units.ts';
import { SentOrders } from './sent-orders.ts';
import { WrittenOrders } from './recording/written-orders.ts';
import type { OrderTimes } from './order-times.ts';
import {
  deniedEntry,
  describedDenial,
  filledTwiceEntry,
  notSentEntry,
  projectionEntries,
  submittedEntry,
} from './trading-entries.ts';
import type { DescribedDenial } from '../core/domain/denial-text.ts';
import type { DenyEffect, Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Position } from '../core/domain/position.ts';
import type { Signal } from '../core/domain/signal.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { Tracing } from '../process/tracing.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { ProjectionStore } from './projection-store.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { StoredOrder } from './orders/order-store.ts';
import type { SentOrder } from './sent-orders.ts';
import type { EntrySubject } from './trading-entries.ts';

export interface RecorderDependencies {
  readonly owner: AccountOwner;
  readonly subject: EntrySubject;
  readonly engine: Engine;
  readonly store: ProjectionStore;
  readonly journal: JournalStore;
  /** Called after each commit, so that the journal's readers look at once. */
  readonly committed: () => void;
  /** Measures how long orders take, where someone wants to know. */
  readonly times?: OrderTimes | undefined;
  readonly tracing: Tracing;
}

/** An order that is about to be sent: its id, what it asks for, and the position it closes, if it does. */
export interface OutgoingOrder {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly strategyId?: string | undefined;
  readonly closes?: Position | undefined;
  readonly replaces?: number | undefined;
  /** The broker's number of the position that it protects. */
  readonly protects?: number | undefined;
  readonly signal?: Signal | undefined;
  readonly decidedAt: number;
}

/** Keeps one account's tables equal to its broker's log. */
export class AccountRecorder {
  readonly #dependencies: RecorderDependencies;
  readonly #sent = new SentOrders();
  /** When orders were sent that the journal does not say it of yet (UTC ms). */
  readonly #sentAt = new Map<string, number>();

  readonly #written = new WrittenOrders();

  constructor(dependencies: RecorderDependencies) {
    this.#dependencies = dependencies;
  }

  /** What the row of a person's order says that was recorded here, once; undefined when it must be read. */
  takeWritten(orderId: string): StoredOrder | undefined {
    return this.#written.take(orderId);
  }

  /** Awaits an order in the log that was sent before this start. */
  awaitOrder(order: SentOrder): void {
    this.#sent.add(order);
  }

  /**
   * Absorbs transactions from an answer (to the request `answerTo`) or a stream and returns the engine's effects. Those known already are dropped. When a number is
   * missing before any of them it returns undefined and takes nothing: the log must be read, because it is complete and what came may not
   * be.
   */
  async absorb(received: readonly Transaction[], answerTo?: string): Promise<readonly Effect[] | undefined> {
    const known = this.#dependencies.engine.ledger.lastTransactionId;
    const fresh = received.filter((transaction) => transaction.id > known);
    const isComplete = fresh.every(({ id }, index) => id === known + 1 + index);
    return isComplete ? this.#record(fresh, answerTo) : undefined;
  }

  /** Absorbs what was read of the log, all there is after a transaction that is known, and returns the engine's effects. */
  recordLog(read: readonly Transaction[]): Promise<readonly Effect[]> {
    return this.#record(read);
  }

  /**
   * Records an order as submitted. It is sent only after this has committed, and only when this returns true: one with its id that is
   * recorded already was sent before.
   */
  async recordSubmitted(order: OutgoingOrder): Promise<boolean> {
    const { store, owner, subject, engine, times, tracing } = this.#dependencies;
    const acceptedAtMs = performance.now();
    const checkedAt = Date.now();
    const { id, terms, strategyId, closes, protects } = order;
    const { openPositions } = engine.ledger;
    const concerned = closes ?? (protects === undefined ? undefined : openPositions.get(protects));
    const recorded = {
      order: {
        id,
        strategyId,
        positionId: concerned && positionRowId(owner.accountId, concerned),
        pricePrecision: subject.instruments.named(terms.instrument).pricePrecision,
        terms,
        replaces: order.replaces,
        status: 'submitted',
        decidedAt: order.decidedAt,
      },
      entry: submittedEntry(subject, { ...order, checkedAt, quote: engine.quoteOf(terms.instrument) }),
    } as const;
    const record = (): Promise<number | undefined> => store.recordOwnOrder(owner, recorded);
    const createdAt = await (strategyId === undefined
      ? tracing.laterSpan([id], 'record order', record)
      : tracing.ownSpan(id, 'record order', record));
    this.#dependencies.committed();
    if (createdAt === undefined) return false;
    this.#sent.add({ id, terms, strategyId, brokerPositionId: concerned?.brokerPositionId });
    times?.sent(id, terms, acceptedAtMs);
    this.#sentAt.set(id, Date.now());
    if (strategyId === undefined) this.#written.recorded(owner.accountId, recorded.order, createdAt);
    return true;
  }

  /** Records that an order certainly left no trace at the broker, and notifies the engine. */
  async recordNotSent(orderId: string, reason: string): Promise<readonly Effect[]> {
    const { store, owner, subject, engine } = this.#dependencies;
    await store.recordNotSent(owner, orderId, reason, [
      notSentEntry(subject, orderId, reason, { marketTime: engine.at, sentAt: this.#sentAt.get(orderId) }),
    ]);
    this.#dependencies.committed();
    this.#written.take(orderId);
    this.#sent.forgetClose(orderId);
    this.#sentAt.delete(orderId);
    this.#dependencies.times?.forget(orderId);
    return engine.step({ type: 'request-refused', requestId: orderId });
  }

  /** Notifies the engine that a request was not sent; nothing was recorded of it. */
  withdraw(requestId: string): readonly Effect[] {
    return this.#dependencies.engine.step({ type: 'request-refused', requestId });
  }

  /** Returns a denial as a person reads it. */
  describe(effect: DenyEffect): DescribedDenial {
    return describedDenial(this.#dependencies.subject, effect);
  }

  /** Records a denial; an order that could be an order is kept as a denied one. */
  async recordDenied(effect: DenyEffect): Promise<void> {
    const { store, owner, subject, committed, journal } = this.#dependencies;
    const entry = deniedEntry(subject, effect);
    const instrument = effect.request && subject.instruments.find(effect.request.terms.instrument);
    if (instrument && effect.request && isStorable(effect.request.terms)) {
      const { id, terms, strategyId, replaces, decidedAt } = effect.request;
      const order = {
        id,
        pricePrecision: instrument.pricePrecision,
        terms,
        replaces,
        strategyId,
        decidedAt,
        positionId: undefined,
        status: 'denied',
        reasonCode: effect.code,
      } as const;
      await store.recordOwnOrder(owner, { order, entry });
    } else {
      await journal.append(entry);
    }
    committed();
  }

  async #record(received: readonly Transaction[], answerTo?: string): Promise<readonly Effect[]> {
    const { engine, store, owner, subject, committed, tracing } = this.#dependencies;
    const after = engine.ledger.lastTransactionId;
    const transactions = this.#sent.claim(
      received.filter(({ id }) => id > after),
      answerTo,
    );
    if (transactions.length === 0) return [];
    const { changes, effects, filledTwice } = engine.absorb(transactions);
    const projection = projectChanges(owner.accountId, changes);
    const stretch = {
      after,
      transactions,
      projection,
      instruments: subject.instruments,
      snapshot: engine.snapshot(),
      journal: [
        ...projectionEntries(subject, changes, projection, (orderId) => this.#sentAt.get(orderId)),
        ...filledTwice.map((order) => filledTwiceEntry(subject, owner.accountId, order)),
      ],
    };
    const orderIds = projection.orders.map(({ id }) => id);
    await tracing.laterSpan(orderIds, 'absorb', () => store.recordStretch(owner, stretch));
    this.#written.takeIn({ accountId: owner.accountId, instruments: subject.instruments }, projection);
    for (const { id } of projection.orders) this.#sentAt.delete(id);
    this.#dependencies.times?.changed(projection.orders);
    committed();
    return effects;
  }
}

/** Whether the orders table can hold it: a denied order may have impossible values. */
function isStorable(terms: OrderTerms): boolean {
  const hasUnits =
    terms.units > 0 && (Number.isSafeInteger(terms.units) || isUnits(FINEST_UNITS, terms.units));
  const needsPrice = !isProtective(terms) && terms.orderType !== 'market';
  const hasPrice = !needsPrice || (terms.price ?? 0) > 0;
  const hasExpiry = terms.timeInForce !== 'GTD' || terms.expiresAt !== undefined;
  const prices = [
    terms.price,
    terms.priceBound,
    terms.takeProfit,
    terms.stopLoss,
    terms.trailingDistance,
    terms.takeProfitDistance,
    terms.stopLossDistance,
  ];
  const arePrices = prices.every(
    (price) => price === undefined || (Number.isSafeInteger(price) && price > 0),
  );
  const hasShortTag = (terms.tag ?? '').length <= LONGEST_TAG && (terms.comment ?? '').length <= LONGEST_TAG;
  const hasShortGroup = (terms.ocoGroup ?? '').length <= LONGEST_OCO_GROUP;
  return hasUnits && hasPrice && arePrices && hasExpiry && hasShortTag && hasShortGroup;
}
