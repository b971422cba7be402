/** Taking exposure away: a halt, a kill or the end of a strategy, carried through to what was still in flight then. */

import { isRestingEntry } from './portfolio.ts';
import { closeWholePosition, emitCancel } from './requests.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { EngineState } from './engine-state.ts';

/** How far to go with an entry order: cancel it if it rests, or close as well what it opened if it filled after all. */
export type UnwindMode = 'cancel' | 'close';

const keyOf = (order: LedgerOrder): string => order.clientOrderId ?? String(order.orderId);

/**
 * Remembers what could not be ended at once. An order may fill before its cancel arrives, an order in flight may come to rest
 * or fill later, a close in flight may fail or be for a part only. Each is followed up once: a follow-up that fails is left to a person,
 * because repeating it by itself could continue for ever (a closed market cancels every close).
 */
export class Unwinding {
  readonly #state: EngineState;
  readonly #modesByOrder = new Map<string, UnwindMode>();
  readonly #positionsToClose = new Set<number>();

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Ends all entry orders, or those of one strategy. */
  endEntries(mode: UnwindMode, strategyId?: string): void {
    const isMeant = (owner: string | undefined): boolean => strategyId === undefined || owner === strategyId;
    for (const request of this.#state.inFlight.orders()) {
      if (isMeant(request.strategyId)) this.#mark(request.id, mode);
    }
    for (const order of this.#state.portfolio.restingEntries()) {
      if (!isMeant(order.strategyId)) continue;
      this.#mark(keyOf(order), mode);
      emitCancel(this.#state, order);
    }
  }

  /** Closes all positions, or those of one strategy; one that is being closed is looked at again when that has ended. */
  closePositions(strategyId?: string): void {
    for (const {
      brokerPositionId,
      strategyId: owner,
    } of this.#state.portfolio.ledger.openPositions.values()) {
      if (strategyId !== undefined && owner !== strategyId) continue;
      if (this.#state.inFlight.isClosing(brokerPositionId)) this.#positionsToClose.add(brokerPositionId);
      else closeWholePosition(this.#state, brokerPositionId);
    }
  }

  /** Follows up what the log says of an order. */
  followOrder(order: LedgerOrder): void {
    const mode = this.#modesByOrder.get(keyOf(order));
    if (mode === undefined) return;
    if (order.status === 'accepted') {
      if (isRestingEntry(order)) emitCancel(this.#state, order);
      return;
    }
    this.#modesByOrder.delete(keyOf(order));
    if (mode === 'cancel' || order.status !== 'filled') return;
    for (const { brokerPositionId, orderId } of this.#state.portfolio.ledger.openPositions.values()) {
      if (orderId === order.orderId) closeWholePosition(this.#state, brokerPositionId);
    }
  }

  /** Forgets an order that certainly never came to be. */
  forgetOrder(id: string): void {
    this.#modesByOrder.delete(id);
  }

  /** Follows up the end of a close that was in flight. */
  followClose(brokerPositionId: number): void {
    if (this.#positionsToClose.delete(brokerPositionId)) closeWholePosition(this.#state, brokerPositionId);
  }

  #mark(key: string, mode: UnwindMode): void {
    if (this.#modesByOrder.get(key) !== 'close') this.#modesByOrder.set(key, mode);
  }
}
