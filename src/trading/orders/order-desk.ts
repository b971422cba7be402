/** People's requests about orders and positions: the same mailbox, the same risk rules as a strategy's. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DENIALS } from '../../core/domain/denial.ts';
import { isOrderOpen } from '../../core/domain/order-lifecycle.ts';
import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { closingTerms } from '../perform-effects.ts';
import type { DenialCode } from '../../core/domain/denial.ts';
import type { CloseOutRequest, OrderTerms, ProtectionRequest } from '../../core/domain/order.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import type { PositionStore, StoredPosition } from '../positions/position-store.ts';
import type { PendingRequest } from '../account-loop.ts';
import type { LiveAccount } from '../live-account.ts';
import type { RequestOutcome } from '../perform-effects.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';

/** How long a person waits for the broker before the answer is "submitted, look again". */
const ANSWER_DEADLINE_MS = 5_000;

export interface OrderDeskDependencies {
  readonly accounts: AccountStore;
  readonly orders: OrderStore;
  readonly positions: PositionStore;
  readonly supervisor: AccountSupervisor;
}

/** A person's order. `id` is that of the request, the same for every repetition of it. */
export interface PersonOrder {
  readonly id: string;
  readonly userId: string;
  readonly accountId: string;
  readonly terms: OrderTerms;
}

/** A person's order that protects a position of the account; its terms follow from the position. */
export interface PersonProtection {
  readonly id: string;
  readonly userId: string;
  readonly accountId: string;
  readonly positionId: string;
  readonly terms: (position: StoredPosition) => OrderTerms;
}

/** A person's request to close the net position of an instrument, all of it or some units. */
export interface PersonCloseOut extends Omit<CloseOutRequest, 'decidedAt'> {
  readonly userId: string;
  readonly accountId: string;
}

/** A person's request to put an order in the place of a resting one; `change` makes its terms of those that it has. */
export interface PersonReplacement {
  readonly id: string;
  readonly userId: string;
  readonly orderId: string;
  readonly change: (order: StoredOrder) => OrderTerms;
}

/** A person's request to close a position, all of it or some units. */
export interface PersonClose {
  readonly id: string;
  readonly userId: string;
  readonly positionId: string;
  readonly units?: number | undefined;
}

/** What to protect a position with: undefined leaves a part as it is, null removes it. */
export type ProtectionChange = Pick<
  ProtectionRequest,
  'takeProfit' | 'stopLoss' | 'stopLossDistance' | 'trailingDistance'
>;

/** Places, closes, cancels and protects on behalf of people. Every method refuses what is not the person's with `not-found`. */
export class OrderDesk {
  readonly #dependencies: OrderDeskDependencies;
  /** Requests on their way, by the id of their order: one that is repeated meanwhile is the same. */
  readonly #pendingById = new Map<string, PendingRequest>();

  constructor(dependencies: OrderDeskDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Places an order and returns it as the broker left it; `submitted` when the broker has not answered in time. One that the account did not
   * come to in time is taken back: the problem `account-not-trading` means that it will not fill.
   */
  async place({ id, userId, accountId, terms }: PersonOrder): Promise<StoredOrder> {
    // A repetition of a request that was cut off finds what the first one left, and sends nothing.
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const live = await this.#accountOf(userId, accountId);
    const submitted = (): StoredOrder => submittedOrder({ id, accountId, terms });
    return this.#ordered(id, () => live.place({ id, terms }), submitted);
  }

  /** Places an order that protects a position, and returns it as the broker left it. In time, as {@link place}. */
  async placeProtective({
    id,
    userId,
    accountId,
    positionId,
    terms: termsFor,
  }: PersonProtection): Promise<StoredOrder> {
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const position = await this.#positionOf(userId, positionId);
    if (position.accountId !== accountId)
      throw new Problem('not-found', 'The account has no position with this id.');
    const terms = termsFor(position);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    const submitted = (): StoredOrder => submittedOrder({ id, accountId, terms, positionId });
    return this.#ordered(id, () => live.place({ id, terms, protects: position.brokerPositionId }), submitted);
  }

  /** Closes the net position of an instrument, or some units of it, with one order, and returns that. In time, as {@link place}. */
  async closeOut({ id, userId, accountId, ...closing }: PersonCloseOut): Promise<StoredOrder> {
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const live = await this.#accountOf(userId, accountId);
    // Of which side and how many units it is the engine knows.
    const submitted = (): StoredOrder =>
      submittedOrder({ id, accountId, terms: live.termsInFlight(id) ?? notKnown() });
    return this.#ordered(id, () => live.closeOut({ id, ...closing }), submitted);
  }

  /** Puts an order in the place of a resting one, in one step at the broker, and returns the new order. In time, as {@link place}. */
  async replace({ id, userId, orderId, change }: PersonReplacement): Promise<StoredOrder> {
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const replaced = await this.#openOrderOf(userId, orderId);
    const { accountId, positionId, brokerOrderId: replaces } = replaced;
    if (replaces === undefined)
      throw new Problem('invalid-transition', 'The broker has not answered yet; look again.');
    const position = positionId === undefined ? undefined : await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    const terms = change(replaced);
    const submitted = (): StoredOrder => ({
      ...submittedOrder({ id, accountId, terms, positionId }),
      replaces,
      replacesOrderId: orderId,
    });
    const protects = position?.brokerPositionId;
    return this.#ordered(id, () => live.place({ id, terms, replaces, protects }), submitted);
  }

  /** Closes a position, or some units of it, and returns the closing order. In time, as {@link place}. */
  async close({ id, userId, positionId, units }: PersonClose): Promise<StoredOrder> {
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const position = await this.#positionOf(userId, positionId);
    const { accountId, brokerPositionId } = position;
    const live = this.#dependencies.supervisor.accountOf(accountId);
    const terms = closingTerms(position, units);
    const submitted = (): StoredOrder => submittedOrder({ id, accountId, terms, positionId });
    return this.#ordered(id, () => live.closePosition({ id, brokerPositionId, units }), submitted);
  }

  /** Cancels an order that can still fill and returns it as it is then. One that is not answered yet is cancelled when it rests. */
  async cancel(userId: string, orderId: string): Promise<StoredOrder> {
    const order = await this.#openOrderOf(userId, orderId);
    const live = this.#dependencies.supervisor.accountOf(order.accountId);
    // The engine knows orders that we did not send, such as those that protect positions, by their numbers there.
    await approved(live.cancel(order.clientOrderId ?? String(order.brokerOrderId)));
    return (await this.#dependencies.orders.find(orderId)) ?? order;
  }

  /** Changes a position's protection and returns the position as it is then. */
  async protect(userId: string, positionId: string, change: ProtectionChange): Promise<StoredPosition> {
    const { accountId, brokerPositionId } = await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    await approved(live.protect({ ...change, brokerPositionId }));
    return this.#positionOf(userId, positionId);
  }

  async #openOrderOf(userId: string, orderId: string): Promise<StoredOrder> {
    const order = await this.#dependencies.orders.findOf(userId, orderId);
    if (!order) throw new Problem('not-found', 'You have no order with this id.');
    if (isOrderOpen(order.status)) return order;
    throw new Problem(
      'invalid-transition',
      `The order is ${order.status}; only one that can still fill can be cancelled or replaced.`,
    );
  }

  /** What an earlier attempt of the same request left. */
  async #earlier(userId: string, orderId: string): Promise<StoredOrder | undefined> {
    const order = await this.#dependencies.orders.findOf(userId, orderId);
    return order && notDenied(order);
  }

  /** Asks for an order or close, once for all who ask for the same at the same time, and returns what its row says in the end. */
  async #ordered(id: string, ask: () => PendingRequest, submitted: () => StoredOrder): Promise<StoredOrder> {
    const { orders } = this.#dependencies;
    const pending = this.#pendingById.get(id) ?? this.#begin(id, ask());
    let denial: DenialCode | undefined;
    try {
      const outcome = await ended(pending);
      // It may fill, so it is no failure: it is recorded in a moment, if it is not yet.
      if (outcome === 'late') return notDenied((await orders.find(id)) ?? submitted());
      if (outcome.type === 'denied') denial = outcome.code;
    } catch (error) {
      // An account that failed may have sent it; an order without a row was not sent.
      const order = await orders.find(id);
      if (order) return notDenied(order);
      throw error;
    }
    const order = await orders.find(id);
    if (order) return notDenied(order);
    // A close of a position that ended while it waited was never sent.
    throw denied(denial ?? 'position-unknown');
  }

  #begin(id: string, pending: PendingRequest): PendingRequest {
    this.#pendingById.set(id, pending);
    const forget = (): void => void this.#pendingById.delete(id);
    pending.outcome.then(forget, forget);
    return pending;
  }

  async #accountOf(userId: string, accountId: string): Promise<LiveAccount> {
    const account = await this.#dependencies.accounts.findOf(userId, accountId);
    if (!account) throw new Problem('not-found', 'You have no account with this id.');
    return this.#dependencies.supervisor.accountOf(accountId);
  }

  async #positionOf(userId: string, positionId: string): Promise<StoredPosition> {
    const position = await this.#dependencies.positions.findOf(userId, positionId);
    if (!position) throw new Problem('not-found', 'You have no position with this id.');
    return position;
  }
}

/**
 * Waits for the end of a request and the broker's answers, but no longer than the deadline. One that the mailbox has not come to by then is
 * taken back: the problem `account-not-trading`. `late`: it has begun, and its end is not known.
 */
async function ended(pending: PendingRequest): Promise<RequestOutcome | 'late'> {
  const deadline = new AbortController();
  const tooLate = sleep(ANSWER_DEADLINE_MS, 'late' as const, deadline).catch(() => 'late' as const);
  try {
    const outcome = await Promise.race([pending.outcome, tooLate]);
    if (outcome === 'late') return pending.withdraw() ? await pending.outcome : 'late';
    if (outcome.type === 'sent') await Promise.race([outcome.answered, tooLate]);
    return outcome;
  } finally {
    deadline.abort();
  }
}

/** Waits as {@link ended}; throws `order-denied` when a rule denied it. */
async function approved(pending: PendingRequest): Promise<void> {
  const outcome = await ended(pending);
  if (outcome !== 'late' && outcome.type === 'denied') throw denied(outcome.code);
}

function notDenied(order: StoredOrder): StoredOrder {
  if (order.status === 'denied') throw denied(denialCode(order.reasonCode));
  return order;
}

/** Neither a row nor in flight: it was denied or has just ended, and that is being recorded. */
function notKnown(): never {
  throw new Problem(
    'account-not-trading',
    'The account is busy; what became of the order is being recorded. Repeat the request with the same Idempotency-Key.',
  );
}

/** An order that is being recorded and sent at this moment, as its row will say. */
function submittedOrder(
  order: Pick<StoredOrder, 'id' | 'accountId' | 'terms'> & { readonly positionId?: string | undefined },
): StoredOrder {
  return {
    ...order,
    positionId: order.positionId,
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
  assert(isDenialCode(code), `a denial's code was expected, was ${code}`);
  return code;
}

function isDenialCode(code: string | undefined): code is DenialCode {
  return code !== undefined && Object.hasOwn(DENIALS, code);
}

function denied(code: DenialCode): Problem {
  return new Problem('order-denied', DENIALS[code], { code });
}
