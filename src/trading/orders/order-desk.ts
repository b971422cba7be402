/** People's requests about orders and positions: the same mailbox, the same risk rules as a strategy's. */

import { isOrderOpen, OPEN_ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import { Problem } from '../../core/shared/problem.ts';
import { checkUnitsToClose } from '../positions/position-schemas.ts';
import { RestingOrders } from './resting-orders.ts';
import type { Tracing } from '../../process/tracing.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import { closingTerms } from '../perform-effects.ts';
import { idOfClosing, outcomesOf } from './outcomes.ts';
import { forecastOf } from './order-forecast.ts';
import { AnsweredOrders, notKnown, submittedOrder } from './answered-orders.ts';
import { OneAtATime } from '../../process/one-at-a-time.ts';
import { takenBack } from '../mailbox-item.ts';
import type { Waiting } from '../../process/one-at-a-time.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { OrderTerms } from '../../core/domain/order.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { BrokerPatience } from '../broker-patience.ts';
import type { LiveAccount } from '../live-account.ts';
import type { PositionStore, StoredPosition } from '../positions/position-store.ts';
import type { OutcomeOfOne } from './outcomes.ts';
import type { OrderForecast } from './order-forecast.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import type {
  PersonClose,
  PersonCloseAll,
  PersonCloseOut,
  PersonOrder,
  PersonProtection,
  PersonReplacement,
  ProtectionChange,
} from './person-requests.ts';
import type { Precondition } from '../../http/preconditions.ts';

export interface OrderDeskDependencies {
  readonly accounts: AccountStore;
  readonly orders: OrderStore;
  readonly positions: PositionStore;
  readonly supervisor: AccountSupervisor;
  readonly patience: BrokerPatience;
  readonly limits: PersonLimitSource;
  readonly tracing: Tracing;
}

/** Places, closes, cancels and protects on behalf of people. Every method refuses what is not the person's with `not-found`. */
export class OrderDesk {
  readonly #dependencies: OrderDeskDependencies;
  readonly #answered: AnsweredOrders;
  readonly #resting: RestingOrders;
  readonly #changing = new OneAtATime();

  constructor(dependencies: OrderDeskDependencies) {
    this.#dependencies = dependencies;
    this.#answered = new AnsweredOrders(dependencies);
    this.#resting = new RestingOrders({
      running: () => dependencies.supervisor.running,
      limits: dependencies.limits,
    });
  }

  /**
   * Places an order and returns it as the broker left it; `submitted` when the broker has not answered in time. One that the account did not
   * come to in time is taken back: the problem `account-not-trading` means that it will not fill. `limit-reached` when it would rest and too
   * many of the person's do.
   */
  async place(order: PersonOrder): Promise<StoredOrder> {
    const { id, userId, accountId } = order;
    // A repetition of a request that was cut off finds what the first one left, and sends nothing.
    const earlier = await this.#answered.earlier(order);
    if (earlier) return earlier;
    const live = await this.#accountOf(userId, accountId);
    const terms = order.terms(live.instruments);
    const submitted = (): StoredOrder => submittedOrder(live.instruments, { id, accountId, terms });
    return this.#resting.entering(userId, { id, terms }, () =>
      this.#answered.ordered(id, live, (requests) => requests.place({ id, terms }), submitted),
    );
  }

  /** Returns what an order would come to if it were placed now. Nothing is sent, recorded or changed. */
  async preview({ userId, accountId, terms }: Omit<PersonOrder, 'id'>): Promise<OrderForecast> {
    const live = await this.#accountOf(userId, accountId);
    return forecastOf(live, { terms: terms(live.instruments) });
  }

  /** As {@link preview}, of an order that protects a position. */
  async previewProtective(order: Omit<PersonProtection, 'id'>): Promise<OrderForecast> {
    const { live, terms, protects } = await this.#protection(order);
    return forecastOf(live, { terms, protects });
  }

  /** Places an order that protects a position, and returns it as the broker left it. In time, as {@link place}. */
  async placeProtective(order: PersonProtection): Promise<StoredOrder> {
    const { id, accountId, positionId } = order;
    const earlier = await this.#answered.earlier(order);
    if (earlier) return earlier;
    const { live, terms, protects } = await this.#protection(order);
    const submitted = (): StoredOrder =>
      submittedOrder(live.instruments, { id, accountId, terms, positionId });
    return this.#answered.ordered(id, live, (requests) => requests.place({ id, terms, protects }), submitted);
  }

  /** Closes the net position of an instrument, or some units of it, with one order, and returns that. In time, as {@link place}. */
  async closeOut(request: PersonCloseOut): Promise<StoredOrder> {
    const earlier = await this.#answered.earlier(request);
    if (earlier) return earlier;
    const { id, userId, accountId, isFirstAttempt: _, ...closing } = request;
    const live = await this.#accountOf(userId, accountId);
    checkUnitsToClose(live.instruments.find(closing.instrument), closing.units);
    // Of which side and how many units it is the engine knows.
    const submitted = (): StoredOrder =>
      submittedOrder(live.instruments, {
        id,
        accountId,
        terms: live.requests.termsInFlight(id) ?? notKnown(),
      });
    return this.#answered.ordered(id, live, (requests) => requests.closeOut({ id, ...closing }), submitted);
  }

  /**
   * Puts an order in the place of a resting one, in one step at the broker, and returns the new order. In time, as {@link place}. One with a
   * `precondition` waits until the changes before it are answered.
   */
  replace(replacement: PersonReplacement): Promise<StoredOrder> {
    const { orderId, precondition } = replacement;
    return this.#changing.run(orderId, this.#waiting(precondition), () => this.#replace(replacement));
  }

  async #replace(replacement: PersonReplacement): Promise<StoredOrder> {
    const earlier = await this.#answered.earlier(replacement);
    if (earlier) return earlier;
    const { id, userId, orderId, change, precondition } = replacement;
    const replaced = await this.#openOrderOf(userId, orderId, precondition);
    const { accountId, positionId, brokerOrderId: replaces } = replaced;
    if (replaces === undefined)
      throw new Problem('invalid-transition', 'The broker has not answered yet; look again.');
    const position = positionId === undefined ? undefined : await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(accountId);
    const terms = change(replaced, live.instruments.named(replaced.terms.instrument));
    const submitted = (): StoredOrder => ({
      ...submittedOrder(live.instruments, { id, accountId, terms, positionId }),
      replaces,
      replacesOrderId: orderId,
    });
    const protects = position?.brokerPositionId;
    return this.#answered.ordered(
      id,
      live,
      (requests) => requests.place({ id, terms, replaces, protects }),
      submitted,
    );
  }

  /** Closes a position, or some units of it, and returns the closing order. In time, as {@link place}. */
  async close(request: PersonClose): Promise<StoredOrder> {
    const earlier = await this.#answered.earlier(request);
    if (earlier) return earlier;
    const { id, userId, positionId, units } = request;
    const position = await this.#positionOf(userId, positionId);
    const live = this.#dependencies.supervisor.accountOf(position.accountId);
    checkUnitsToClose(live.instruments.find(position.instrument), units);
    return this.#close(live, position, { id, units });
  }

  /**
   * Closes every position of an account, the oldest first, each with an order of its own whose id follows from that of the request. A
   * repetition finds the orders of positions that are not closed yet, and sends nothing for them.
   */
  async closeAll({ id, userId, accountId }: PersonCloseAll): Promise<readonly OutcomeOfOne[]> {
    const live = await this.#accountOf(userId, accountId);
    const open = await this.#dependencies.positions.ofAccount(accountId, 'open');
    const closings = open
      .toSorted((one, other) => one.brokerPositionId - other.brokerPositionId)
      .map((position) => ({ position, orderId: idOfClosing(id, position) }));
    const earlier = await this.#answered.earlierOf(closings.map(({ orderId }) => orderId));
    return outcomesOf(
      closings.map(({ position, orderId }) => ({
        id: position.id,
        order: earlier(orderId) ?? this.#close(live, position, { id: orderId, units: undefined }),
      })),
    );
  }

  /** Cancels an order that can still fill and returns it as it is then. One that is not answered yet is cancelled when it rests. */
  async cancel(userId: string, orderId: string): Promise<StoredOrder> {
    const order = await this.#openOrderOf(userId, orderId);
    const live = this.#dependencies.supervisor.accountOf(order.accountId);
    return this.#cancel(live, order);
  }

  /** Cancels every entry of an account that can still fill, as {@link cancel}. What protects positions stays. */
  async cancelAll(userId: string, accountId: string): Promise<readonly OutcomeOfOne[]> {
    const live = await this.#accountOf(userId, accountId);
    const open = await this.#dependencies.orders.inStatuses(accountId, OPEN_ORDER_STATUSES);
    const entries = open.filter(
      ({ terms, positionId }) => terms.orderType !== 'market' && positionId === undefined,
    );
    return outcomesOf(entries.map((order) => ({ id: order.id, order: this.#cancel(live, order) })));
  }

  /**
   * Changes a position's protection and returns the position as it is then. One with a `precondition` waits until the changes before it are
   * answered.
   */
  protect(
    userId: string,
    positionId: string,
    change: (instrument: Instrument) => ProtectionChange,
    precondition?: Precondition<StoredPosition>,
  ): Promise<StoredPosition> {
    return this.#changing.run(positionId, this.#waiting(precondition), async () => {
      const position = await this.#positionOf(userId, positionId);
      precondition?.(position);
      const { accountId, brokerPositionId, instrument } = position;
      const live = this.#dependencies.supervisor.accountOf(accountId);
      await this.#answered.approved(
        live.requests.protect({ ...change(live.instruments.named(instrument)), brokerPositionId }),
      );
      return this.#positionOf(userId, positionId);
    });
  }

  /** No longer than a person waits: what is done later would surprise them. */
  #waiting(precondition: object | undefined): Waiting {
    const { personMs } = this.#dependencies.patience;
    return { waits: precondition !== undefined, mostMs: personMs, tooLate: takenBack };
  }

  #close(
    live: LiveAccount,
    position: StoredPosition,
    { id, units }: Pick<PersonClose, 'id' | 'units'>,
  ): Promise<StoredOrder> {
    const { accountId, brokerPositionId, id: positionId } = position;
    const terms = closingTerms(position, units);
    const submitted = (): StoredOrder =>
      submittedOrder(live.instruments, { id, accountId, terms, positionId });
    return this.#answered.ordered(
      id,
      live,
      (requests) => requests.closePosition({ id, brokerPositionId, units }),
      submitted,
    );
  }

  async #cancel(live: LiveAccount, order: StoredOrder): Promise<StoredOrder> {
    // The engine knows orders that we did not send, such as those that protect positions, by their numbers there.
    await this.#answered.approved(live.requests.cancel(order.clientOrderId ?? String(order.brokerOrderId)));
    return (await this.#dependencies.orders.find(order.id)) ?? order;
  }

  async #protection(order: Omit<PersonProtection, 'id'>): Promise<{
    readonly live: LiveAccount;
    readonly terms: OrderTerms;
    readonly protects: number;
  }> {
    const position = await this.#positionOf(order.userId, order.positionId);
    if (position.accountId !== order.accountId)
      throw new Problem('not-found', 'The account has no position with this id.');
    const live = this.#dependencies.supervisor.accountOf(order.accountId);
    const terms = order.terms(position, live.instruments.named(position.instrument));
    return { live, terms, protects: position.brokerPositionId };
  }

  async #openOrderOf(
    userId: string,
    orderId: string,
    precondition?: Precondition<StoredOrder>,
  ): Promise<StoredOrder> {
    const order = await this.#dependencies.orders.findOf(userId, orderId);
    if (!order) throw new Problem('not-found', 'You have no order with this id.');
    precondition?.(order);
    if (isOrderOpen(order.status)) return order;
    throw new Problem(
      'invalid-transition',
      `The order is ${order.status}; only one that can still fill can be cancelled or replaced.`,
    );
  }

  async #accountOf(userId: string, accountId: string): Promise<LiveAccount> {
    const { supervisor, accounts } = this.#dependencies;
    const running = supervisor.find(accountId);
    // Its row would say the same. One that is being closed refuses what it is asked for.
    if (running?.userId === userId) return running;
    if (await accounts.findOf(userId, accountId)) return supervisor.accountOf(accountId);
    throw new Problem('not-found', 'You have no account with this id.');
  }

  async #positionOf(userId: string, positionId: string): Promise<StoredPosition> {
    const position = await this.#dependencies.positions.findOf(userId, positionId);
    if (!position) throw new Problem('not-found', 'You have no position with this id.');
    return position;
  }
}
