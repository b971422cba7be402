/** All strategies attached to the account: which of them sees what, and what becomes of their answers. */

import { assert, present } from '../shared/assert.ts';
import { signalOf } from './intent-signals.ts';
import { offerIntents, runIntents } from './intents.ts';
import { Markets } from './markets.ts';
import { restoreQueue, saveQueue } from './saved-queue.ts';
import { StrategySlot } from './strategy-slot.ts';
import type { Candle, CandleRows } from '../domain/candle.ts';
import type { CloseRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { Quote, QuoteRows, RowStretch } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { Intent, QueuedIntent } from '../strategies/strategy.ts';
import type { Seen } from './intent-signals.ts';
import type { SavedBuilder } from './candle-builder.ts';
import type { SavedQueue } from './saved-queue.ts';
import type { PriceGap } from './markets.ts';
import type { StrategyAttachedEvent } from './engine-event.ts';
import type { EngineState } from './engine-state.ts';
import type { NotedFill, Settlement } from './transaction-batch.ts';
import type { Unwinding } from './unwinding.ts';

/** The slots in the order in which strategies were attached, and the markets they watch. */
export class AttachedStrategies {
  readonly #state: EngineState;
  readonly #unwinding: Unwinding;
  readonly #markets: Markets;
  readonly #slotsById = new Map<string, StrategySlot>();
  /** What waited for the market before a restart, until its strategy is attached again. */
  readonly #restoredQueues = new Map<string, readonly QueuedIntent[]>();
  #hasWaiting = false;

  constructor(state: EngineState, unwinding: Unwinding) {
    this.#state = state;
    this.#unwinding = unwinding;
    this.#markets = new Markets(state.timers);
  }

  /** Attaches a strategy; InvariantError when it is attached already. */
  attach(event: StrategyAttachedEvent): void {
    assert(!this.#slotsById.has(event.strategyId), `strategy ${event.strategyId} is attached already`);
    const slot = new StrategySlot(event, this.#state);
    this.#slotsById.set(event.strategyId, slot);
    this.#markets.add(slot);
    slot.setQueues(this.#restoredQueues.get(event.strategyId) ?? []);
    this.#restoredQueues.delete(event.strategyId);
    if (slot.isDraining) slot.drain();
    this.#noteWaiting(slot);
    this.#findNextWake();
  }

  /** Whether any intent waits for a quote at which it can be traded. */
  get hasWaiting(): boolean {
    return this.#hasWaiting;
  }

  /** Carries out what waited for a quote of this instrument, if it can be traded now. */
  runWaiting(instrumentName: string): void {
    this.#hasWaiting = false;
    for (const slot of this.#slotsById.values()) {
      if (slot.instruments.some(({ name }) => name === instrumentName)) this.#run(slot);
      this.#noteWaiting(slot);
    }
  }

  /** Whether any strategy is attached. */
  get hasAny(): boolean {
    return this.#slotsById.size > 0;
  }

  /** Removes the strategy, if it is attached, and with it the intents that wait. */
  detach(strategyId: string): void {
    const slot = this.#slotsById.get(strategyId);
    if (!slot) return;
    this.#slotsById.delete(strategyId);
    this.#markets.remove(slot);
    this.#findNextWake();
  }

  /** Pauses or resumes a strategy; pausing drops the intents that wait. */
  setPaused(strategyId: string, isPaused: boolean): void {
    const slot = present(this.#slotsById.get(strategyId), `attached strategy ${strategyId}`);
    slot.isPaused = isPaused;
    if (isPaused) slot.dropQueues();
  }

  /** Lets a strategy make no entries any more; what it holds is its own to close. */
  drain(strategyId: string): void {
    present(this.#slotsById.get(strategyId), `attached strategy ${strategyId}`).drain();
  }

  /** Shows a quote to the candles and to the strategies that want quotes. */
  showQuote(quote: Quote): void {
    const market = this.#markets.of(quote.instrument);
    this.#markets.addQuote(market, quote);
    const slots = market.quoteSlots;
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index];
      if (slot) this.#offer(slot, slot.askQuote(quote), quote);
    }
  }

  /** Shows an extreme of a candle to the candles, and to no strategy; none is woken before the candle's end. */
  enterCandle(quote: Quote): void {
    const { enteredCandles } = this.#state;
    this.#markets.addQuote(this.#markets.of(quote.instrument), quote);
    const mayWake = !enteredCandles.isAny;
    enteredCandles.enter(quote.instrument);
    if (mayWake) this.#findNextWake();
  }

  /** The candle that the price was inside of is at its end. */
  leaveCandle(instrumentName: string): void {
    this.#state.enteredCandles.leave(instrumentName);
    this.#findNextWake();
  }

  /** The market time before which quotes of an instrument from `from` on concern no strategy; −Infinity when all do. */
  calmUntil(instrumentName: string, from: number): number {
    return this.#markets.calmUntil(this.#markets.of(instrumentName), from);
  }

  /** Shows rows of quotes that are calm to the candles. */
  showCalmRows(instrumentName: string, rows: QuoteRows, stretch: RowStretch): void {
    this.#markets.addRows(this.#markets.of(instrumentName), rows, stretch);
  }

  /** Shows a stored candle whose quotes are calm to the candles. */
  showCalmCandle(instrumentName: string, candles: CandleRows, row: number): void {
    this.#markets.addCandle(this.#markets.of(instrumentName), candles, row);
  }

  /** See `Markets.storedGranularity`. */
  storedGranularity(instrumentName: string, candles: CandleRows, row: number, lengthMs: number) {
    const market = this.#markets.of(instrumentName);
    return this.#markets.storedGranularity(market, candles, row, lengthMs);
  }

  /** See `Markets.skipTo`. */
  skipTo(instrumentName: string, candles: CandleRows, row: number, hasEnded: boolean): void {
    this.#markets.skipTo(this.#markets.of(instrumentName), candles, row, hasEnded);
  }

  /** Shows a closed candle to the strategies that want it. */
  showCandle(candle: Candle): void {
    const { slots } = this.#markets.of(candle.instrument);
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index];
      if (slot?.wants(candle.granularity) === true) this.#offer(slot, slot.askCandle(candle), candle);
    }
  }

  /** Shows the time to the candle builders. */
  showTime(at: number): void {
    this.#markets.watchFrom(at);
  }

  /** Closes the candles that end, and wakes the strategies that want it, at or before `at`, the earliest first; candles go before. */
  passTime(at: number): void {
    const { timers } = this.#state;
    for (let due = timers.firstDue(at); due; due = timers.firstDue(at)) {
      if (due === 'strategy') this.#wake(timers.nextAt);
      else this.#closeCandle();
    }
  }

  /** Shows a fill to the strategies that it concerns. */
  showFill({ fill, strategyIds }: NotedFill): void {
    for (const strategyId of strategyIds) {
      const slot = this.#slotsById.get(strategyId);
      if (slot) this.#offer(slot, slot.askFill(fill), fill);
    }
  }

  /** Updates what the strategies see of the ledger. */
  refresh(): void {
    for (const slot of this.#slotsById.values()) slot.refresh();
  }

  /** Reports to the strategy that asked for a close that it failed, and that its position is still open. */
  settleFailedClose(strategyId: string, close: CloseRequest, position: Position): void {
    const slot = this.#slotsById.get(strategyId);
    slot?.settleFailedClose(close, position);
    if (slot) this.#noteWaiting(slot);
  }

  /** Reports to the strategy that asked for a request that it has settled. */
  settle(strategyId: string, { id, outcome }: Settlement): void {
    this.#slotsById.get(strategyId)?.settle(id, outcome);
  }

  /** Carries out the intents whose turn has come. */
  run(): void {
    for (const slot of this.#slotsById.values()) {
      this.#run(slot);
      this.#noteWaiting(slot);
    }
  }

  /** All intents that wait. */
  get waitingIntents(): readonly QueuedIntent[] {
    return [...this.#slotsById.values()].flatMap(({ queues }) => queues.flatMap(({ intents }) => intents));
  }

  /** The intents that wait for the market, by strategy, as plain data. */
  saveQueues(): readonly SavedQueue[] {
    return [...this.#slotsById.values()]
      .map(({ strategyId, queues }) => ({
        strategyId,
        waiting: queues.filter((queue) => queue.waitsForQuote),
      }))
      .filter(({ waiting }) => waiting.length > 0)
      .map(({ strategyId, waiting }) =>
        saveQueue(
          strategyId,
          waiting.flatMap(({ intents }) => intents),
        ),
      );
  }

  /** Takes over what waited for the market; it waits on when its strategy is attached. */
  restoreQueues(queues: readonly SavedQueue[]): void {
    for (const queue of queues) this.#restoredQueues.set(queue.strategyId, restoreQueue(queue));
  }

  /** Drops all intents that wait. */
  dropQueues(): void {
    for (const slot of this.#slotsById.values()) slot.dropQueues();
  }

  /** The state of one strategy as plain data, or undefined when it is not attached. */
  saveStrategy(strategyId: string): Json | undefined {
    return this.#slotsById.get(strategyId)?.strategy.save();
  }

  saveCandles(): readonly SavedBuilder[] {
    return this.#markets.save();
  }

  /** Takes over candles under construction; InvariantError when a strategy is attached: its candles are being built already. */
  restoreCandles(candles: readonly SavedBuilder[], gap: PriceGap): void {
    assert(this.#slotsById.size === 0, 'candles must be restored before strategies are attached');
    this.#markets.restore(candles, gap);
  }

  #closeCandle(): void {
    const candle = this.#markets.closeNext();
    if (candle) this.showCandle(candle);
  }

  /** Wakes the strategies whose time has come. */
  #wake(at: number): void {
    for (const slot of this.#slotsById.values()) {
      if (slot.wakesAt <= at) this.#offer(slot, slot.askClock(at), undefined);
    }
  }

  #run(slot: StrategySlot): void {
    runIntents({ state: this.#state, slot, unwinding: this.#unwinding });
  }

  #offer(slot: StrategySlot, intents: readonly Intent[], seen: Seen): void {
    if (slot.strategy.wakesAt !== undefined || slot.wakesAt !== Infinity) this.#noteWake(slot);
    if (slot.failure !== undefined) this.#fail(slot, slot.failure.error);
    else if (intents.length > 0) {
      slot.signals.add(intents, signalOf(seen, this.#state.at), slot.hasWaiting);
      offerIntents({ state: this.#state, slot, unwinding: this.#unwinding }, intents);
      this.#noteWaiting(slot);
    }
  }

  #noteWake(slot: StrategySlot): void {
    slot.noteWake();
    this.#findNextWake();
  }

  #findNextWake(): void {
    let nextWakeAt = Infinity;
    const awake = this.#state.enteredCandles.isAny ? [] : this.#slotsById.values();
    for (const { wakesAt } of awake) nextWakeAt = Math.min(nextWakeAt, wakesAt);
    this.#state.timers.set('strategy', nextWakeAt);
  }

  #noteWaiting(slot: StrategySlot): void {
    if (slot.waitsForQuote) this.#hasWaiting = true;
  }

  #fail({ strategyId }: StrategySlot, error: unknown): void {
    this.detach(strategyId);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#state.emit({ type: 'strategy-failed', strategyId, reason, error, at: this.#state.at });
    this.#unwinding.endEntries('cancel', strategyId);
  }
}
