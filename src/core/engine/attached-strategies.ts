/** All strategies attached to the account: which of them sees what, and what becomes of their answers. */

import { assert, present } from '../shared/assert.ts';
import { offerIntents, runIntents } from './intents.ts';
import { Markets } from './markets.ts';
import { StrategySlot } from './strategy-slot.ts';
import type { Candle } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { Intent } from '../strategies/strategy.ts';
import type { SavedBuilder } from './candle-builder.ts';
import type { PriceGap } from './markets.ts';
import type { StrategyAttachedEvent } from './engine-event.ts';
import type { EngineState } from './engine-state.ts';
import type { NotedFill, Settlement } from './transaction-batch.ts';
import type { Unwinding } from './unwinding.ts';

/** The slots in the order in which strategies were attached, and the markets they watch. */
export class AttachedStrategies {
  readonly #state: EngineState;
  readonly #unwinding: Unwinding;
  readonly #markets = new Markets();
  readonly #slotsById = new Map<string, StrategySlot>();

  constructor(state: EngineState, unwinding: Unwinding) {
    this.#state = state;
    this.#unwinding = unwinding;
  }

  /** The earliest end of a candle under construction, Infinity when there is none. */
  get nextCandleEndsAt(): number {
    return this.#markets.nextEndsAt;
  }

  /** Attaches a strategy; InvariantError when it is attached already. */
  attach(event: StrategyAttachedEvent): void {
    assert(!this.#slotsById.has(event.strategyId), `strategy ${event.strategyId} is attached already`);
    const slot = new StrategySlot(event, this.#state);
    this.#slotsById.set(event.strategyId, slot);
    this.#markets.add(slot);
  }

  /** Removes the strategy, if it is attached, and with it the intents that wait. */
  detach(strategyId: string): void {
    const slot = this.#slotsById.get(strategyId);
    if (!slot) return;
    this.#slotsById.delete(strategyId);
    this.#markets.remove(slot);
  }

  /** Pauses or resumes a strategy; pausing drops the intents that wait. */
  setPaused(strategyId: string, isPaused: boolean): void {
    const slot = present(this.#slotsById.get(strategyId), `attached strategy ${strategyId}`);
    slot.isPaused = isPaused;
    if (isPaused) slot.dropQueue();
  }

  /** Shows a quote to the candles and to the strategies that want quotes. */
  showQuote(quote: Quote): void {
    const market = this.#markets.of(quote.instrument);
    this.#markets.addQuote(market, quote);
    const slots = market.quoteSlots;
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index];
      if (slot) this.#offer(slot, slot.askQuote(quote));
    }
  }

  /** Whether quotes of an instrument before {@link nextCandleEndsAt} concern no strategy. */
  isCalm(instrumentName: string): boolean {
    return this.#markets.isCalm(this.#markets.of(instrumentName));
  }

  /** Shows a quote to the candles only. */
  lengthenCandles(quote: Quote): void {
    this.#markets.addQuote(this.#markets.of(quote.instrument), quote);
  }

  /** Shows the time to the candle builders. */
  showTime(at: number): void {
    this.#markets.watchFrom(at);
  }

  /** Closes the candles that end at or before `at`, the earliest first, and shows them to the strategies that want them. */
  closeCandles(at: number): void {
    while (this.#markets.nextEndsAt <= at) {
      const candle = this.#markets.closeNext();
      if (candle) this.#showCandle(candle);
    }
  }

  /** Shows a fill to the strategies that it concerns. */
  showFill({ fill, strategyIds }: NotedFill): void {
    for (const strategyId of strategyIds) {
      const slot = this.#slotsById.get(strategyId);
      if (slot) this.#offer(slot, slot.askFill(fill));
    }
  }

  /** Updates what the strategies see of the ledger. */
  refresh(): void {
    for (const slot of this.#slotsById.values()) slot.refresh();
  }

  /** Reports to the strategy that asked for a request that it has settled. */
  settle(strategyId: string, { id, outcome }: Settlement): void {
    this.#slotsById.get(strategyId)?.settle(id, outcome);
  }

  /** Carries out the intents whose turn has come. */
  run(): void {
    for (const slot of this.#slotsById.values()) runIntents(this.#state, slot);
  }

  /** Drops all intents that wait. */
  dropQueues(): void {
    for (const slot of this.#slotsById.values()) slot.dropQueue();
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

  #showCandle(candle: Candle): void {
    const { slots } = this.#markets.of(candle.instrument);
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index];
      if (slot?.wants(candle.granularity) === true) this.#offer(slot, slot.askCandle(candle));
    }
  }

  #offer(slot: StrategySlot, intents: readonly Intent[]): void {
    if (slot.failure !== undefined) this.#fail(slot, slot.failure.error);
    else if (intents.length > 0) offerIntents(this.#state, slot, intents);
  }

  #fail({ strategyId }: StrategySlot, error: unknown): void {
    this.detach(strategyId);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#state.emit({ type: 'strategy-failed', strategyId, reason, error, at: this.#state.at });
    this.#unwinding.endEntries('cancel', strategyId);
  }
}
