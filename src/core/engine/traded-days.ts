/** How many positions the account opened on the trading day, and on how many trading days it opened any: as its log says. */

import { tradingDayEnd, tradingDayStart } from '../domain/trading-calendar.ts';
import type { OrderFilled } from '../domain/transaction.ts';

/** Counts orders that opened something, no matter who placed them. The log is read again at each start, so that nothing needs to be saved. */
export class TradedDays {
  #days = 0;
  #startsAt = -Infinity;
  #endsAt = -Infinity;
  readonly #ordersOfDay = new Set<number>();

  /** On how many trading days the account opened a position. */
  get count(): number {
    return this.#days;
  }

  /** How many orders opened a position on the trading day that holds `at`. */
  openedOn(at: number): number {
    return at >= this.#startsAt && at < this.#endsAt ? this.#ordersOfDay.size : 0;
  }

  /** Takes note of a fill: the parts of one order count once. */
  note({ at, orderId, openedUnits }: OrderFilled): void {
    if (openedUnits === 0) return;
    if (at >= this.#endsAt) {
      this.#startsAt = tradingDayStart(at);
      this.#endsAt = tradingDayEnd(at);
      this.#days += 1;
      this.#ordersOfDay.clear();
    }
    this.#ordersOfDay.add(orderId);
  }
}
