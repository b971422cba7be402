/** What was asked to protect open positions, for as long as the log does not show it. */

import { isProtective, protectionAt } from '../domain/order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderRequest, Protection, ProtectionRequest, ProtectiveOrderType } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';

type OrderKey = Pick<WantedOrder, 'brokerPositionId' | 'orderType'>;

/** One order that is to protect a position. `level` is its price, or its trailing distance; points. */
export interface WantedOrder {
  readonly brokerPositionId: number;
  readonly orderType: ProtectiveOrderType;
  readonly level?: number | null | undefined;
  /** Instead of a price: how far a stop loss is to be from the price at which it is made. */
  readonly distance?: number | undefined;
}

export type SavedProtection = {
  readonly brokerPositionId: number;
  readonly orderType: ProtectiveOrderType;
  readonly level: number | null;
  readonly distance: number | null;
};

interface Waiting extends WantedOrder {
  /** The market time (UTC ms) from which it is missed, and from which it is to be asked for again. */
  readonly missedAt: number;
  readonly retryAt: number;
  readonly waitMs: number;
}

/** The part of a position that an order of this type is. */
export const PART_OF: Readonly<Record<ProtectiveOrderType, keyof Protection>> = {
  take_profit: 'takeProfit',
  stop_loss: 'stopLoss',
  trailing_stop: 'trailingDistance',
};

/** The broker's answer shows within this time. */
const FIRST_WAIT_MS = 10_000;
/** What is rejected again and again is asked for less and less often. */
const LONGEST_WAIT_MS = 3_600_000;

/** At most one wanted order of each type for each position: the newest. */
export class WantedProtection {
  #waiting: readonly Waiting[] = [];

  /** Whether anything is wanted that the log does not show. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether a stop of any kind is wanted for a position and not there yet. */
  wantsStop(brokerPositionId: number): boolean {
    return this.#waiting.some(
      (order) => order.brokerPositionId === brokerPositionId && order.orderType !== 'take_profit',
    );
  }

  /** What is missed at a time (UTC ms): its answer should have shown by then. */
  missedAt(at: number): readonly WantedOrder[] {
    return this.#waiting.filter(({ missedAt }) => at >= missedAt);
  }

  /** Takes note of a change that is sent at `at`: null is wanted no more, what is left out stays as wanted as it was. */
  noteChange(change: ProtectionRequest, at: number): void {
    const { brokerPositionId, takeProfit, stopLoss, stopLossDistance, trailingDistance } = change;
    const wanted: readonly WantedOrder[] = [
      { brokerPositionId, orderType: 'take_profit', level: takeProfit },
      { brokerPositionId, orderType: 'stop_loss', level: stopLoss, distance: stopLossDistance },
      { brokerPositionId, orderType: 'trailing_stop', level: trailingDistance },
    ];
    for (const order of wanted) {
      if (order.level === null) this.forget(order);
      else if (order.level !== undefined || order.distance !== undefined) this.#want(order, at);
    }
  }

  /** Takes note that an order that brings protection along opened a position which lacks it, or some of it. */
  noteOpened(position: Position, { terms, createdBy }: LedgerOrder): void {
    const { brokerPositionId, entryPrice, openedAt } = position;
    // What another program asked for is not ours to send.
    if (createdBy === 'external') return;
    const { takeProfit, stopLoss } = protectionAt(terms, entryPrice);
    const wanted = [
      { brokerPositionId, orderType: 'take_profit', level: takeProfit },
      { brokerPositionId, orderType: 'stop_loss', level: stopLoss },
      { brokerPositionId, orderType: 'trailing_stop', level: terms.trailingDistance },
    ] as const;
    for (const order of wanted) {
      const isThere = position[PART_OF[order.orderType]] !== undefined;
      if (order.level !== undefined && !isThere) this.#want(order, openedAt);
    }
  }

  /** Takes note that a protective order is certainly not there: it is missed at once, unless a change came after it. */
  noteFailure({ terms, protects }: OrderRequest): void {
    if (protects === undefined || !isProtective(terms)) return;
    const { orderType, price, stopLossDistance, trailingDistance } = terms;
    const level = orderType === 'trailing_stop' ? trailingDistance : price;
    const distance = orderType === 'stop_loss' ? stopLossDistance : undefined;
    const order = { brokerPositionId: protects, orderType, level, distance };
    if (!this.#waiting.some((other) => isSame(other, order))) this.#want(order, -Infinity);
  }

  /** Returns whether it is time to ask for a missed order again, and takes note that it is. */
  isDue(order: WantedOrder, at: number): boolean {
    const due = this.#waiting.find((waiting) => waiting === order && at >= waiting.retryAt);
    if (!due) return false;
    const waitMs = Math.min(2 * due.waitMs, LONGEST_WAIT_MS);
    this.#waiting = this.#waiting.map((waiting) =>
      waiting === due ? { ...due, retryAt: at + due.waitMs, waitMs } : waiting,
    );
    return true;
  }

  /** Wants no order of this type for the position. */
  forget(order: OrderKey): void {
    this.#waiting = this.#waiting.filter((other) => !isSame(other, order));
  }

  /** Takes note of what the log says of an order: one that was created protects its position, or did. */
  noteOrder({ terms, status, brokerPositionId }: LedgerOrder): void {
    if (brokerPositionId === undefined || status === 'rejected' || !isProtective(terms)) return;
    this.forget({ brokerPositionId, orderType: terms.orderType });
  }

  /** What is wanted, as plain data. */
  save(): readonly SavedProtection[] {
    return this.#waiting.map(({ brokerPositionId, orderType, level = null, distance = null }) => ({
      brokerPositionId,
      orderType,
      level,
      distance,
    }));
  }

  /** Takes over what was wanted when it was saved at `at`; of what the log says only what happened since is added. */
  restore(saved: readonly SavedProtection[], at: number): void {
    this.#waiting = this.#waiting.filter(({ missedAt }) => missedAt > at + FIRST_WAIT_MS);
    for (const { level, distance, ...order } of saved)
      this.#want({ ...order, level: level ?? undefined, distance: distance ?? undefined }, -Infinity);
  }

  /** Notes what was asked for at `at`; −Infinity when it is missed already. */
  #want(order: WantedOrder, at: number): void {
    this.forget(order);
    const retryAt = at + FIRST_WAIT_MS;
    this.#waiting = [...this.#waiting, { ...order, missedAt: retryAt, retryAt, waitMs: FIRST_WAIT_MS }];
  }
}

function isSame(one: OrderKey, other: OrderKey): boolean {
  return one.brokerPositionId === other.brokerPositionId && one.orderType === other.orderType;
}
