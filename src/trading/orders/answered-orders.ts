/** Waits for what becomes of a person's order, no longer than a person waits, and returns the order as it is then. */

import { DENIALS, isDenialCode } from '../../core/domain/denial-catalogue.ts';
import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { stoppedTrading } from '../mailbox-item.ts';
import type { Tracing } from '../../process/tracing.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { DescribedDenial } from '../../core/domain/denial-text.ts';
import type { DenialCode } from '../../core/domain/denial-catalogue.ts';
import type { BrokerPatience } from '../broker-patience.ts';
import type { LiveAccount } from '../live-account.ts';
import type { PendingRequest } from '../mailbox-item.ts';
import type { RequestOutcome } from '../perform-effects.ts';
import type { LiveRequests } from './live-requests.ts';
import type { PersonRequest } from './person-requests.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

export interface AnsweredOrdersParts {
  readonly orders: OrderStore;
  readonly patience: BrokerPatience;
  readonly tracing: Tracing;
}

/** The orders of people that are on their way. */
export class AnsweredOrders {
  readonly #orders: OrderStore;
  readonly #patience: BrokerPatience;
  readonly #tracing: Tracing;
  /** Requests on their way, by the id of their order: one that is repeated meanwhile is the same. */
  readonly #pendingById = new Map<string, PendingRequest>();

  constructor({ orders, patience, tracing }: AnsweredOrdersParts) {
    this.#orders = orders;
    this.#patience = patience;
    this.#tracing = tracing;
  }

  /** What an earlier attempt of the same request left. */
  async earlier({ id, userId, isFirstAttempt }: PersonRequest): Promise<StoredOrder | undefined> {
    if (isFirstAttempt === true) return undefined;
    const order = await this.#orders.findOf(userId, id);
    return order && notDenied(order);
  }

  /** What an earlier attempt of a request about several orders left of each. */
  async earlierOf(
    orderIds: readonly string[],
  ): Promise<(orderId: string) => Promise<StoredOrder> | undefined> {
    const found = new Map((await this.#orders.findAll(orderIds)).map((order) => [order.id, order]));
    return (orderId) => {
      const order = found.get(orderId);
      return order && Promise.try(() => notDenied(order));
    };
  }

  /**
   * Asks an account for an order or close, once for all who ask for the same at the same time, and returns what its row says in the end;
   * `submitted` returns what it will say.
   */
  ordered(
    id: string,
    live: LiveAccount,
    ask: (requests: LiveRequests) => PendingRequest,
    submitted: () => StoredOrder,
  ): Promise<StoredOrder> {
    return this.#tracing.orderSpan(id, 'place order', () => this.#ordered(id, live, ask, submitted));
  }

  async #ordered(
    id: string,
    live: LiveAccount,
    ask: (requests: LiveRequests) => PendingRequest,
    submitted: () => StoredOrder,
  ): Promise<StoredOrder> {
    const orders = this.#orders;
    const pending = this.#pendingById.get(id) ?? this.#begin(id, ask(live.requests));
    let denial: DescribedDenial | undefined;
    try {
      const outcome = await this.#ended(pending);
      if (outcome === 'late') {
        const order = await orders.find(id);
        if (order) return notDenied(order);
        // It may fill, so it is no failure: it is recorded in a moment. A process that lost the account records nothing more.
        if (await live.isLost()) throw stoppedTrading();
        return submitted();
      }
      if (outcome.type === 'done' && outcome.order?.id === id) return notDenied(outcome.order);
      if (outcome.type === 'denied') denial = outcome.denial;
    } catch (error) {
      // An account that failed may have sent it; an order without a row was not sent.
      const order = await orders.find(id);
      if (order) return notDenied(order);
      throw error;
    }
    const order = await orders.find(id);
    if (denial && (!order || order.status === 'denied')) throw denied(denial);
    if (order) return notDenied(order);
    // A close of a position that ended while it waited was never sent.
    throw deniedFor('position-unknown');
  }

  /** Waits as {@link ordered} for a request that makes no order; throws `order-denied` when a rule denied it. */
  async approved(pending: PendingRequest): Promise<void> {
    const outcome = await this.#ended(pending);
    if (outcome !== 'late' && outcome.type === 'denied') throw denied(outcome.denial);
  }

  #begin(id: string, pending: PendingRequest): PendingRequest {
    this.#pendingById.set(id, pending);
    const forget = (): void => void this.#pendingById.delete(id);
    pending.outcome.then(forget, forget);
    return pending;
  }

  /**
   * Waits for the end of a request and the broker's answers, but no longer than a person does. One that the mailbox has not come to by then
   * is taken back: the problem `account-not-trading`. `late`: it has begun, and its end is not known.
   */
  async #ended(pending: PendingRequest): Promise<RequestOutcome | 'late'> {
    const { promise: tooLate, resolve } = Promise.withResolvers<'late'>();
    const deadline = setTimeout(() => resolve('late'), this.#patience.personMs);
    try {
      const outcome = await Promise.race([pending.outcome, tooLate]);
      if (outcome === 'late') return pending.withdraw() ? await pending.outcome : 'late';
      if (outcome.type === 'sent') await Promise.race([outcome.answered, tooLate]);
      return outcome;
    } finally {
      clearTimeout(deadline);
    }
  }
}

function notDenied(order: StoredOrder): StoredOrder {
  if (order.status === 'denied') throw deniedFor(denialCode(order.reasonCode));
  return order;
}

/** An order that is being recorded and sent at this moment, as its row will say. */
export function submittedOrder(
  instruments: Instruments,
  order: Pick<StoredOrder, 'id' | 'accountId' | 'terms'> & { readonly positionId?: string | undefined },
): StoredOrder {
  return {
    ...order,
    pricePrecision: instruments.named(order.terms.instrument).pricePrecision,
    positionId: order.positionId,
    openedPositionId: undefined,
    strategyId: undefined,
    clientOrderId: order.id,
    brokerOrderId: undefined,
    replaces: undefined,
    replacesOrderId: undefined,
    replacedByOrderId: undefined,
    createdBy: 'person',
    status: 'submitted',
    reasonCode: undefined,
    filledUnits: 0,
    averagePrice: undefined,
    submittedAt: undefined,
    filledAt: undefined,
    cancelledAt: undefined,
    createdAt: Date.now(),
  };
}

function denialCode(code: string | undefined): DenialCode {
  assert(code !== undefined && isDenialCode(code), `a denial's code was expected, was ${code}`);
  return code;
}

/** The problem of a denial of which only the code is known any more. */
function deniedFor(code: DenialCode): Problem {
  const { reason, remedy, field } = DENIALS[code];
  const sentence = `${reason} ${remedy}`;
  return new Problem('order-denied', sentence, {
    code,
    errors: [{ pointer: `/${field}`, detail: sentence }],
  });
}

function denied({ code, field, sentence, facts }: DescribedDenial): Problem {
  return new Problem('order-denied', sentence, {
    code,
    errors: [{ pointer: `/${field}`, detail: sentence }],
    ...facts,
  });
}

/** Neither a row nor in flight: it was denied or has just ended, and that is being recorded. */
export function notKnown(): never {
  throw new Problem(
    'account-not-trading',
    'The account is busy; what became of the order is being recorded. Repeat the request with the same Idempotency-Key.',
  );
}
