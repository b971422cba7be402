/** Takes an account's transactions into engine and database: each once, in order, and together with what it projects to. */

import { AccountProjection } from '../core/domain/projection.ts';
import { notSentFact, projectionFacts, submittedFact } from './trading-entries.ts';
import type { Broker } from '../brokers/broker.ts';
import type { DenyEffect, Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { AccountOwner, ProjectionStore } from './projection-store.ts';
import type { FactSubject } from './trading-entries.ts';

/** What the recorder works with. */
export interface RecorderDependencies {
  readonly owner: AccountOwner;
  readonly subject: FactSubject;
  readonly engine: Engine;
  readonly broker: Broker;
  readonly store: ProjectionStore;
  readonly journal: JournalStore;
  /** Called after each commit, so that the journal's readers look at once. */
  readonly committed: () => void;
}

/** An order that is about to be sent: its id, what it asks for, and the position it closes. */
export interface OutgoingOrder {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly strategyId?: string | undefined;
  readonly positionId?: string | undefined;
  readonly decidedAt: number;
}

/** Keeps one account's tables equal to its broker's log. */
export class AccountRecorder {
  readonly #dependencies: RecorderDependencies;
  readonly #projection: AccountProjection;

  constructor(dependencies: RecorderDependencies) {
    this.#dependencies = dependencies;
    this.#projection = new AccountProjection(dependencies.owner.accountId);
  }

  /** The account as the log tells it so far. */
  get ledger(): AccountProjection['ledger'] {
    return this.#projection.ledger;
  }

  /** Takes over what is recorded already: engine and projection see it, nothing is written. */
  replay(log: readonly Transaction[]): void {
    if (log.length === 0) return;
    this.#projection.project(log);
    this.#dependencies.engine.step({ type: 'transactions', transactions: log });
  }

  /** Reads the broker's log on from where the tables are, and takes in what is new. */
  async catchUp(): Promise<readonly Effect[]> {
    const { broker } = this.#dependencies;
    return this.absorb(await broker.transactionsSince(this.ledger.lastTransactionId));
  }

  /**
   * Takes in transactions from an answer or a stream and returns what the engine wants done about them. Those known already are
   * dropped; when some are missing in between, the log is read instead, because it is complete and what we were told is not.
   */
  async absorb(told: readonly Transaction[]): Promise<readonly Effect[]> {
    const known = this.ledger.lastTransactionId;
    const fresh = told.filter((transaction) => transaction.id > known);
    const first = fresh[0];
    if (!first) return [];
    const complete =
      first.id === known + 1 ? fresh : await this.#dependencies.broker.transactionsSince(known);
    return this.#record(complete);
  }

  /** Records an order as submitted. It is sent only after this has committed. */
  async recordSubmitted(order: OutgoingOrder): Promise<void> {
    const { store, owner, subject } = this.#dependencies;
    await store.recordOwnOrder(
      owner,
      {
        id: order.id,
        strategyId: order.strategyId,
        positionId: order.positionId,
        terms: order.terms,
        status: 'submitted',
        decidedAt: order.decidedAt,
      },
      [submittedFact(subject, order)],
    );
    this.#dependencies.committed();
  }

  /** Records that an order certainly left no trace at the broker, and lets the engine know. */
  async recordNotSent(orderId: string, reason: string): Promise<readonly Effect[]> {
    const { store, owner, subject, engine } = this.#dependencies;
    await store.recordNotSent(owner, orderId, reason, [notSentFact(subject, orderId, reason)]);
    this.#dependencies.committed();
    return engine.step({ type: 'request-refused', requestId: orderId });
  }

  /** Lets the engine know that a request was not sent after all; nothing was recorded of it. */
  withdraw(requestId: string): readonly Effect[] {
    return this.#dependencies.engine.step({ type: 'request-refused', requestId });
  }

  /** Records a denial; an order that could be an order is kept as a denied one. */
  async recordDenied(effect: DenyEffect, fact: JournalEntry): Promise<void> {
    const { store, owner, committed, journal } = this.#dependencies;
    if (effect.request && isStorable(effect.request.terms)) {
      const { id, terms, strategyId, decidedAt } = effect.request;
      const order = {
        id,
        terms,
        strategyId,
        decidedAt,
        positionId: undefined,
        status: 'denied',
        reasonCode: effect.code,
      } as const;
      await store.recordOwnOrder(owner, order, [fact]);
    } else {
      await journal.append(fact);
    }
    committed();
  }

  /** The row of an open position by its number at the broker. */
  positionIdOf(brokerPositionId: number): string | undefined {
    return this.#projection.rowIdOfPosition(brokerPositionId);
  }

  async #record(transactions: readonly Transaction[]): Promise<readonly Effect[]> {
    const { engine, store, owner, subject, committed } = this.#dependencies;
    const projection = this.#projection.project(transactions);
    const effects = engine.step({ type: 'transactions', transactions });
    await store.recordStretch(owner, {
      transactions,
      projection,
      snapshot: engine.snapshot(),
      journal: projectionFacts(subject, transactions, projection),
    });
    committed();
    return effects;
  }
}

/** Whether the orders table can hold it: what is denied may be nonsense. */
function isStorable(terms: OrderTerms): boolean {
  const hasUnits = Number.isSafeInteger(terms.units) && terms.units > 0;
  const hasPrice = terms.orderType === 'market' || (terms.price ?? 0) > 0;
  const hasExpiry = terms.timeInForce !== 'GTD' || terms.expiresAt !== undefined;
  return hasUnits && hasPrice && hasExpiry;
}
