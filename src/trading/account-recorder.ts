/** Takes an account's transactions into engine and database: each once, in order, and together with what it projects to. */

import { NO_EFFECTS } from '../core/engine/effect.ts';
import { projectChanges } from '../core/domain/projection.ts';
import { deniedOrder, orderToSend } from './orders-to-record.ts';
import { SentOrders } from './sent-orders.ts';
import { WrittenOrders } from './recording/written-orders.ts';
import type { OrderTimes } from './order-times.ts';
import {
  deniedEntry,
  describedDenial,
  filledTwiceEntry,
  notSentEntry,
  projectionEntries,
} from './trading-entries.ts';
import type { DescribedDenial } from '../core/domain/denial-text.ts';
import type { DenyEffect, Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { LedgerChange } from '../core/domain/ledger.ts';
import type { Projection } from '../core/domain/projection.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { Tracing } from '../process/tracing.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { ProjectionStore } from './projection-store.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { OrderToRecord, OutgoingOrder } from './orders-to-record.ts';
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

/** What the engine took in of the log and the tables lack: an answer, or what was read. */
interface TakenIn {
  /** The number of the last transaction before it. */
  readonly after: number;
  readonly transactions: readonly Transaction[];
  readonly changes: readonly LedgerChange[];
  readonly projection: Projection;
  readonly journal: readonly JournalEntry[];
}

/** Keeps one account's tables equal to its broker's log. */
export class AccountRecorder {
  readonly #dependencies: RecorderDependencies;
  readonly #sent = new SentOrders();
  /** When orders were sent that the journal does not say it of yet (UTC ms). */
  readonly #sentAt = new Map<string, number>();
  readonly #written = new WrittenOrders();
  #takenIn: TakenIn[] = [];
  /** Orders were recorded that the journal's readers do not know of yet: they look once for them and for what the broker answers at once. */
  #hasNews = false;

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
   * Takes transactions from an answer (to the request `answerTo`) or a stream into the engine and returns its effects; `commit` records them.
   * Those known already are dropped. When a number is missing before any of them it returns undefined and takes nothing: the log must be read,
   * because it is complete and what came may not be.
   */
  absorb(received: readonly Transaction[], answerTo?: string): readonly Effect[] | undefined {
    const known = this.#dependencies.engine.ledger.lastTransactionId;
    const fresh = received.filter((transaction) => transaction.id > known);
    const isComplete = fresh.every(({ id }, index) => id === known + 1 + index);
    return isComplete ? this.#take(fresh, answerTo) : undefined;
  }

  /** Absorbs and records what was read of the log, all there is after a transaction that is known, and returns the engine's effects. */
  async recordLog(read: readonly Transaction[]): Promise<readonly Effect[]> {
    const effects = this.#take(read);
    await this.commit();
    return effects;
  }

  /** Records what was absorbed since the last time, as one stretch of the log, and has it read. What follows from it is done only after this. */
  async commit(): Promise<void> {
    const takenIn = this.#takenIn;
    this.#takenIn = [];
    const [first] = takenIn;
    if (first) await this.#recordStretch(first, takenIn);
    if (!first && !this.#hasNews) return;
    this.#hasNews = false;
    this.#dependencies.committed();
  }

  async #recordStretch(first: TakenIn, takenIn: readonly TakenIn[]): Promise<void> {
    const { engine, store, owner, subject, tracing, times } = this.#dependencies;
    const { instruments } = subject;
    const changes = takenIn.flatMap((part) => part.changes);
    const projection = takenIn.length === 1 ? first.projection : projectChanges(owner.accountId, changes);
    const stretch = {
      after: first.after,
      transactions: takenIn.flatMap(({ transactions }) => transactions),
      projection,
      instruments,
      snapshot: engine.snapshot(),
      journal: takenIn.flatMap(({ journal }) => journal),
    };
    const orderIds = projection.orders.map(({ id }) => id);
    await tracing.laterSpan(orderIds, 'absorb', () => store.recordStretch(owner, stretch));
    this.#written.takeIn({ accountId: owner.accountId, instruments }, projection);
    times?.changed(projection.orders);
  }

  /**
   * Records orders that are wanted at the same moment, by one statement: as submitted, or as denied where a denied one could be an order.
   * Returns the ids of those that may be sent, which they are only after this has committed; one with an id that is recorded already was sent before.
   */
  async recordOrders(wanted: readonly (OutgoingOrder | DenyEffect)[]): Promise<Set<string>> {
    const { subject, engine, store, owner, times } = this.#dependencies;
    const acceptedAtMs = performance.now();
    const orders: readonly OrderToRecord[] = wanted.flatMap((order) =>
      'code' in order ? (deniedOrder(subject, order) ?? []) : orderToSend(subject, engine, order),
    );
    const toSend = new Set<string>();
    if (orders.length === 0) return toSend;
    const recording = store.recordOwnOrders(
      owner,
      orders.map(({ recorded }) => recorded),
    );
    await Promise.all(orders.flatMap(({ sent }) => (sent ? this.#inSpan(sent, () => recording) : [])));
    const createdAt = await recording;
    this.#hasNews = true;
    for (const [index, { recorded, sent }] of orders.entries()) {
      const createdAtMs = createdAt[index];
      if (!sent || createdAtMs === undefined) continue;
      const { id, terms, strategyId } = sent;
      this.#sent.add(sent);
      times?.sent(id, terms, acceptedAtMs);
      this.#sentAt.set(id, Date.now());
      if (strategyId === undefined) this.#written.recorded(owner.accountId, recorded.order, createdAtMs);
      toSend.add(id);
    }
    return toSend;
  }

  #inSpan({ id, strategyId }: SentOrder, record: () => Promise<unknown>): Promise<unknown> {
    const { tracing } = this.#dependencies;
    return strategyId === undefined
      ? tracing.laterSpan([id], 'record order', record)
      : tracing.ownSpan(id, 'record order', record);
  }

  /** Records that an order certainly left no trace at the broker, and notifies the engine. */
  async recordNotSent(orderId: string, reason: string): Promise<readonly Effect[]> {
    const { store, owner, subject, engine } = this.#dependencies;
    await this.commit();
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

  /** Records a denial, unless it was recorded as an order. */
  async recordDenied(effect: DenyEffect): Promise<void> {
    const { subject, committed, journal } = this.#dependencies;
    if (deniedOrder(subject, effect)) return;
    await this.commit();
    await journal.append(deniedEntry(subject, effect));
    committed();
  }

  #take(received: readonly Transaction[], answerTo?: string): readonly Effect[] {
    const { engine, owner, subject } = this.#dependencies;
    const after = engine.ledger.lastTransactionId;
    const transactions = this.#sent.claim(
      received.filter(({ id }) => id > after),
      answerTo,
    );
    if (transactions.length === 0) return NO_EFFECTS;
    const { changes, effects, filledTwice } = engine.absorb(transactions);
    const projection = projectChanges(owner.accountId, changes);
    const journal = [
      ...projectionEntries(subject, changes, projection, (orderId) => this.#sentAt.get(orderId)),
      ...filledTwice.map((order) => filledTwiceEntry(subject, owner.accountId, order)),
    ];
    for (const { id } of projection.orders) this.#sentAt.delete(id);
    this.#takenIn.push({ after, transactions, changes, projection, journal });
    return effects;
  }
}
