/** The open lots of an account, as far as its log was seen: OANDA's protective orders name a trade and not what it is. */

import { positionSideOf } from '../../../core/domain/position.ts';
import { subtractUnits } from '../../../core/domain/units.ts';
import type { Position } from '../../../core/domain/position.ts';
import type { OrderFilled, Transaction } from '../../../core/domain/transaction.ts';

/** An open lot. */
export type Lot = Pick<Position, 'instrument' | 'side' | 'openUnits' | 'entryPrice'>;

/** Lots by the number of their trade. */
export class LotBook {
  readonly #lots = new Map<number, Lot>();

  /** The lot of a trade; undefined when it is not open, or what opened it was not seen. */
  find(tradeId: number): Lot | undefined {
    return this.#lots.get(tradeId);
  }

  /** Takes note of what a transaction opened and closed. Each is shown once. */
  note(transaction: Transaction): void {
    if (transaction.type === 'order-filled') this.#noteFill(transaction);
    if (transaction.type !== 'account-adopted') return;
    for (const { brokerPositionId, instrument, side, openUnits, entryPrice } of transaction.positions)
      this.#lots.set(brokerPositionId, { instrument, side, openUnits, entryPrice });
  }

  #noteFill({ id, instrument, side, openedUnits, price, closed }: OrderFilled): void {
    if (openedUnits > 0) {
      this.#lots.set(id, {
        instrument,
        side: positionSideOf(side),
        openUnits: openedUnits,
        entryPrice: price,
      });
    }
    for (const { brokerPositionId, units } of closed) {
      const lot = this.#lots.get(brokerPositionId);
      const openUnits = lot ? subtractUnits(lot.openUnits, units) : 0;
      if (lot && openUnits > 0) this.#lots.set(brokerPositionId, { ...lot, openUnits });
      else this.#lots.delete(brokerPositionId);
    }
  }
}
