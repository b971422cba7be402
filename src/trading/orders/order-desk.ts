/** People's requests about orders and positions: the same mailbox, the same risk rules as a strategy's. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DENIALS } from '../../core/domain/denial.ts';
import { isOrderOpen } from '../../core/domain/order-lifecycle.ts';
import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import type { DenialCode } from '../../core/domain/denial.ts';
import type { OrderTerms, ProtectionRequest } from '../../core/domain/order.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import type { PositionStore, StoredPosition } from '../positions/position-store.ts';
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

/** A person's request to close a position, all of it or some units. */
export interface PersonClose {
  readonly id: string;
  readonly userId: string;
  readonly positionId: string;
  readonly units?: number | undefined;
}

/** What to protect a position with: undefined leaves a part as it is, null removes it. */
export type ProtectionChange = Pick<ProtectionRequest, 'takeProfit' | 'stopLoss' | 'trailingDistance'>;

/** Places, closes, cancels and protects on behalf of people. Every method refuses what is not the person's with `not-found`. */
export class OrderDesk {
  readonly #dependencies: OrderDeskDependencies;

  constructor(dependencies: OrderDeskDependencies) {
    this.#dependencies = dependencies;
  }

  /** Places an order and returns it as the broker left it; still `submitted` when the broker has not answered in time. */
  async place({ id, userId, accountId, terms }: PersonOrder): Promise<StoredOrder> {
    // A repetition of a request that was cut off finds what the first one left, and sends nothing.
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const live = await this.#accountOf(userId, accountId);
    await approved(live.place({ id, terms }));
    return this.#placed(id);
  }

  /** Closes a position, or some units of it, and returns the closing order. */
  async close({ id, userId, positionId, units }: PersonClose): Promise<StoredOrder> {
    const earlier = await this.#earlier(userId, id);
    if (earlier) return earlier;
    const { accountId, brokerPositionId } = await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    await approved(live.close({ id, brokerPositionId, units }));
    return this.#placed(id);
  }

  /** Cancels a resting order and returns it as it is then. */
  async cancel(userId: string, orderId: string): Promise<StoredOrder> {
    const order = await this.#dependencies.orders.findOf(userId, orderId);
    if (!order) throw new Problem('not-found', 'You have no order with this id.');
    if (!isOrderOpen(order.status)) {
      throw new Problem(
        'invalid-transition',
        `The order is ${order.status}; only one that can still fill can be cancelled.`,
      );
    }
    const live = this.#dependencies.supervisor.accountOf(order.accountId);
    // The engine knows orders that we did not send, such as those that protect positions, by their numbers there.
    await approved(live.cancel(order.clientOrderId ?? String(order.brokerOrderId)));
    return this.#placed(orderId);
  }

  /** Changes a position's protection and returns the position as it is then. */
  async protect(userId: string, positionId: string, change: ProtectionChange): Promise<StoredPosition> {
    const { accountId, brokerPositionId } = await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    await approved(live.protect({ ...change, brokerPositionId }));
    return this.#positionOf(userId, positionId);
  }

  /** What an earlier attempt of the same request left. */
  async #earlier(userId: string, orderId: string): Promise<StoredOrder | undefined> {
    const order = await this.#dependencies.orders.findOf(userId, orderId);
    if (order?.status === 'denied') throw denied(denialCode(order.reasonCode));
    return order;
  }

  async #placed(orderId: string): Promise<StoredOrder> {
    const order = await this.#dependencies.orders.find(orderId);
    if (order) return order;
    throw new Problem(
      'account-not-trading',
      'The account is busy; the order is not recorded yet. Repeat the request with the same Idempotency-Key.',
    );
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

/** Waits for the end of a request, but no longer than the deadline; throws `order-denied` when a rule denied it. */
async function approved(request: Promise<RequestOutcome>): Promise<void> {
  const deadline = new AbortController();
  const tooLate = sleep(ANSWER_DEADLINE_MS, { type: 'unknown' } as const, {
    signal: deadline.signal,
  }).catch(() => undefined);
  const outcome = await Promise.race([request, tooLate]);
  deadline.abort();
  if (outcome?.type === 'denied') throw denied(outcome.code);
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
