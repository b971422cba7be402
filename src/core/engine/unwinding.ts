/** Taking exposure away: a halt, a kill or the end of a strategy, carried through to what was still in flight then. */

import { isProtective, mayOpen } from '../domain/order.ts';
import { areOfOneGroup } from './order-groups.ts';
import { isRestingEntry } from './portfolio.ts';
import { cancelOrder, CLOSE_RETRY_MS, closeWholePosition, emitCancel } from './requests.ts';
import { isOrderOpen } from '../domain/order-lifecycle.ts';
import type { Denial } from '../domain/denial.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { EngineState } from './engine-state.ts';
import type { SavedEnding, UnwindMode } from './unwind-mode.ts';

const REACH: Readonly<Record<UnwindMode, number>> = { halt: 0, cancel: 1, close: 2 };

/** For a position whose close by somebody else is still being answered: ours has not been asked for yet. */
const NOT_ASKED = -Infinity;

/** A close that must not wait is asked for again so soon, and twice as late each time, up to the wait of all other closes. */
const FIRST_URGENT_RETRY_MS = 10_000;

/** The market time (UTC ms) from which a close may be asked for again, and how long to wait after it is. */
interface Closing {
  readonly retryAt: number;
  readonly waitMs: number;
}

/** When the process ended a close may have been on its way, or not: the next quote asks for it. */
const AFTER_RESTART: Closing = { retryAt: NOT_ASKED, waitMs: CLOSE_RETRY_MS };

/** A halt ends what makes new exposure; an order that only reduces stays, and protection always does. */
function isEnded(mode: UnwindMode, terms: OrderTerms): boolean {
  return mode === 'halt' ? mayOpen(terms) : !isProtective(terms);
}

const keyOf = (order: LedgerOrder): string => order.clientOrderId ?? String(order.orderId);

/**
 * Remembers what could not be ended at once. An order may fill before its cancel arrives, an order in flight may come to rest
 * or fill later. A position that is to be closed stays so until it is gone: a close that fails, as every close does while the
 * market is closed, is asked for again at a later quote: a minute later, or sooner where it must not wait.
 *
 * While a close of the position is being answered, nothing is sent beside it. Once its outcome is unknown, all units are asked for again
 * at once, and if that is lost too, once that wait is over: closing all units of a position by its number cannot take effect twice.
 */
export class Unwinding {
  readonly #state: EngineState;
  readonly #modesByOrder = new Map<string, UnwindMode>();
  /** The positions that are to be closed. */
  readonly #closings = new Map<number, Closing>();

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Ends all entry orders, or those of one strategy. A halt leaves what was ordered elsewhere: that is not ours to end. */
  endEntries(mode: UnwindMode, strategyId?: string): void {
    const isMeant = (owner: string | undefined): boolean => strategyId === undefined || owner === strategyId;
    for (const request of this.#state.inFlight.orders()) {
      if (isMeant(request.strategyId) && isEnded(mode, request.terms)) this.#mark(request.id, mode);
    }
    for (const order of this.#state.portfolio.restingEntries()) {
      if (!isMeant(order.strategyId) || !isEnded(mode, order.terms)) continue;
      if (mode === 'halt' && order.createdBy === 'external') continue;
      this.#mark(keyOf(order), mode);
      emitCancel(this.#state, order);
    }
  }

  /**
   * Cancels the order with this client order id or, for one without, this broker number as text. One that has a lease, or is being given
   * one, is cancelled again when a renewal overtakes the cancel: it rests under another number at the broker then.
   */
  cancel(orderId: string): Denial | undefined {
    const { inFlight, portfolio } = this.#state;
    for (const order of portfolio.ledger.openOrders.values()) {
      const isRenewed = order.terms.leaseUntil !== undefined || inFlight.renewalsAskedAt.has(order.orderId);
      if (keyOf(order) === orderId && isRenewed) this.#mark(orderId, 'cancel');
    }
    return cancelOrder(this.#state, orderId);
  }

  /** Cancels one order in flight as soon as it rests. */
  endWhenItRests(orderId: string): void {
    this.#mark(orderId, 'cancel');
  }

  /** Closes all positions, or those of one strategy, and keeps at it until they are gone. */
  closePositions(strategyId?: string): void {
    for (const position of this.#state.portfolio.ledger.openPositions.values()) {
      if (strategyId === undefined || position.strategyId === strategyId)
        this.#close(position.brokerPositionId);
    }
  }

  /** Closes a position that must not wait, as where the market has passed its stop, and keeps at it until it is gone. */
  closeUrgently(brokerPositionId: number): void {
    this.#close(brokerPositionId, FIRST_URGENT_RETRY_MS);
  }

  /** Whether a position is to be closed, or is being closed. */
  isClosing(brokerPositionId: number): boolean {
    return this.#closings.has(brokerPositionId) || this.#state.inFlight.isClosing(brokerPositionId);
  }

  /** Whether an order is to be ended as soon as it rests. */
  isEnding(orderId: string): boolean {
    return this.#modesByOrder.has(orderId);
  }

  /** Whether a position waits for a quote at which it can be closed. */
  get isWaiting(): boolean {
    return this.#closings.size > 0;
  }

  /** Closes what waits for a quote of this instrument. */
  closeWaiting({ instrument, at }: Quote): void {
    for (const [brokerPositionId, { retryAt }] of this.#closings) {
      const position = this.#state.portfolio.ledger.openPositions.get(brokerPositionId);
      if (!position) this.#closings.delete(brokerPositionId);
      else if (position.instrument === instrument && at >= retryAt) this.#close(brokerPositionId);
    }
  }

  /** The numbers of the positions that are to be closed. */
  save(): readonly number[] {
    return [...this.#closings.keys()];
  }

  /** The orders that are to be ended and may still fill. */
  saveEndings(): readonly SavedEnding[] {
    const { inFlight, portfolio } = this.#state;
    const resting = new Set([...portfolio.ledger.openOrders.values()].map(keyOf));
    return [...this.#modesByOrder]
      .map(([order, mode]) => ({ order, mode }))
      .filter(({ order }) => inFlight.hasOrder(order) || resting.has(order));
  }

  /** Takes over what was to be closed and ended. */
  restore(brokerPositionIds: readonly number[], endings: readonly SavedEnding[]): void {
    for (const brokerPositionId of brokerPositionIds) this.#closings.set(brokerPositionId, AFTER_RESTART);
    for (const { order, mode } of endings) this.#mark(order, mode);
  }

  /** Has closed what a marked order opened if the process ended before that was saved. The log has the broker's numbers of orders. */
  closeWhatFilled(log: readonly Transaction[]): void {
    const numbers = new Map<string, number>();
    for (const entry of log) {
      if (entry.type === 'order-created' && entry.clientOrderId !== undefined)
        numbers.set(entry.clientOrderId, entry.id);
    }
    const { openPositions } = this.#state.portfolio.ledger;
    for (const [key, mode] of this.#modesByOrder) {
      if (mode !== 'close') continue;
      const openedBy = numbers.get(key) ?? Number(key);
      for (const { brokerPositionId, orderId } of openPositions.values()) {
        if (orderId === openedBy) this.#closings.set(brokerPositionId, AFTER_RESTART);
      }
    }
  }

  /** Ends an order that is in flight when it comes to rest; returns whether it is in flight. */
  cancelInFlight(id: string): boolean {
    const isInFlight = this.#state.inFlight.hasOrder(id);
    if (isInFlight) this.#mark(id, 'cancel');
    return isInFlight;
  }

  /** Cancels an order again that was to be ended and still rests. */
  cancelAgain(brokerOrderId: number): void {
    const order = this.#state.portfolio.ledger.openOrders.get(brokerOrderId);
    if (order && this.#modesByOrder.has(keyOf(order))) emitCancel(this.#state, order);
  }

  /** Follows up a close whose answer was lost: what was waiting for it is asked for now. */
  followUnknown(brokerPositionId: number): void {
    if (this.#closings.get(brokerPositionId)?.retryAt === NOT_ASKED) this.#close(brokerPositionId);
  }

  /**
   * Cancels the other orders of a group of which one has filled: those that rest at once, those in flight as soon as they rest. When
   * one of them fills before its cancel arrives, both stand.
   */
  endGroupOf(filled: LedgerOrder): void {
    for (const request of this.#state.inFlight.orders()) {
      if (areOfOneGroup(request, filled)) this.#mark(request.id, 'cancel');
    }
    for (const order of this.#state.portfolio.restingEntries()) {
      if (areOfOneGroup(order, filled) && order.orderId !== filled.orderId) this.#end(order);
    }
  }

  /** Cancels an order that comes to rest although another of its group has filled, unless it is being cancelled for that already. */
  endIfGroupIsOver(order: LedgerOrder): void {
    const isResting = isOrderOpen(order.status) && isRestingEntry(order);
    if (isResting && !this.#modesByOrder.has(keyOf(order)) && this.#state.groups.isOver(order))
      this.#end(order);
  }

  /** Cancels what rests although it was to be ended: before a restart its cancel may have been lost, or not sent at all. */
  endAfterRestart(): void {
    for (const order of this.#state.portfolio.restingEntries()) {
      if (this.#modesByOrder.has(keyOf(order))) emitCancel(this.#state, order);
    }
  }

  #end(order: LedgerOrder): void {
    this.#mark(keyOf(order), 'cancel');
    emitCancel(this.#state, order);
  }

  /** Follows up what the log says of an order. */
  followOrder(order: LedgerOrder): void {
    const mode = this.#modesByOrder.get(keyOf(order));
    if (mode === undefined) return;
    if (!isOrderOpen(order.status)) this.#modesByOrder.delete(keyOf(order));
    else if (isRestingEntry(order) || isProtective(order.terms)) emitCancel(this.#state, order);
    if (mode !== 'close') return;
    for (const { brokerPositionId, orderId } of this.#state.portfolio.ledger.openPositions.values()) {
      if (orderId === order.orderId) this.#close(brokerPositionId);
    }
  }

  /** The account trades again: an order in flight may come to rest. */
  endHalt(): void {
    for (const [key, mode] of this.#modesByOrder) if (mode === 'halt') this.#modesByOrder.delete(key);
  }

  /** Forgets an order that certainly never came to be. */
  forgetOrder(id: string): void {
    this.#modesByOrder.delete(id);
  }

  /** Follows up the end of a close: what is left of a position that is to be closed goes at once; our own that failed, later. */
  followClose(brokerPositionId: number, outcome: 'done' | 'failed'): void {
    if (!this.#closings.has(brokerPositionId)) return;
    const isOpen = this.#state.portfolio.ledger.openPositions.has(brokerPositionId);
    if (!isOpen) this.#closings.delete(brokerPositionId);
    else if (outcome === 'done' || this.#closings.get(brokerPositionId)?.retryAt === NOT_ASKED)
      this.#close(brokerPositionId);
  }

  #close(brokerPositionId: number, firstWaitMs = CLOSE_RETRY_MS): void {
    if (!this.#state.portfolio.ledger.openPositions.has(brokerPositionId)) return;
    const waitMs = this.#closings.get(brokerPositionId)?.waitMs ?? firstWaitMs;
    if (this.#state.inFlight.isCloseUnanswered(brokerPositionId)) {
      this.#closings.set(brokerPositionId, { retryAt: NOT_ASKED, waitMs });
      return;
    }
    const nextWaitMs = Math.min(2 * waitMs, CLOSE_RETRY_MS);
    this.#closings.set(brokerPositionId, { retryAt: this.#state.at + waitMs, waitMs: nextWaitMs });
    closeWholePosition(this.#state, brokerPositionId);
  }

  #mark(key: string, mode: UnwindMode): void {
    const marked = this.#modesByOrder.get(key);
    if (marked === undefined || REACH[marked] < REACH[mode]) this.#modesByOrder.set(key, mode);
  }
}
