/** One strategy's place in the engine: the instance, what it may look at, and the intents that wait their turn. */

import { NO_INTENTS } from '../strategies/strategy.ts';
import { CLOSE_RETRY_MS } from './requests.ts';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { DenialCode } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Intent, Strategy, StrategyView } from '../strategies/strategy.ts';
import type { StrategyAttachedEvent } from './engine-event.ts';
import type { EngineState } from './engine-state.ts';

// A strategy that wants the same thing at every quote gets one denial a minute in the journal, not one at every quote.
const REPEATED_DENIAL_MS = 60_000;

/** What a strategy sees: always the present, so that one object serves for its whole life. */
class SlotView implements StrategyView {
  readonly #slot: StrategySlot;
  readonly #state: EngineState;

  constructor(slot: StrategySlot, state: EngineState) {
    this.#slot = slot;
    this.#state = state;
  }

  get at(): number {
    return this.#state.at;
  }

  get quote(): Quote | undefined {
    return this.#state.quoteOf(this.#slot.instrument.name);
  }

  get positions(): readonly Position[] {
    return this.#slot.positions;
  }

  get hasOpenOrder(): boolean {
    return this.#slot.isBusy;
  }
}

/** The slot asks its strategy, keeps its queue of intents, and knows which of its requests are in flight. */
export class StrategySlot {
  readonly strategyId: string;
  readonly instrument: Instrument;
  readonly strategy: Strategy;
  isPaused: boolean;
  positions: readonly Position[] = [];
  /** What the strategy threw, if it did. */
  failure: { readonly error: unknown } | undefined;
  readonly #state: EngineState;
  readonly #view: SlotView;
  #hasRestingOrder = false;
  #queue: readonly Intent[] = NO_INTENTS;
  #awaitedId: string | undefined;
  #waitsUntil = -Infinity;
  #lastDenial: { readonly code: DenialCode; readonly at: number } | undefined;

  constructor({ strategyId, instrument, strategy, paused }: StrategyAttachedEvent, state: EngineState) {
    this.strategyId = strategyId;
    this.instrument = instrument;
    this.strategy = strategy;
    this.isPaused = paused;
    this.#state = state;
    this.#view = new SlotView(this, state);
    this.refresh();
  }

  /** Whether an intent waits, is on its way to the broker, or rests there. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || this.#hasRestingOrder || this.#state.inFlight.hasAnyOf(this.strategyId);
  }

  /** Whether the strategy subscribed to candles of this granularity. */
  wants(granularity: Granularity): boolean {
    return this.strategy.granularities.includes(granularity);
  }

  /** Whether the queue holds a close of this position. */
  isCloseQueued(brokerPositionId: number): boolean {
    return this.#queue.some(
      (intent) => intent.type === 'close' && intent.brokerPositionId === brokerPositionId,
    );
  }

  askQuote(quote: Quote): readonly Intent[] {
    try {
      return checkAnswer(this.strategy.onQuote?.(quote, this.#view) ?? NO_INTENTS);
    } catch (error) {
      return this.#fail(error);
    }
  }

  askCandle(candle: Candle): readonly Intent[] {
    try {
      return checkAnswer(this.strategy.onCandle(candle, this.#view));
    } catch (error) {
      return this.#fail(error);
    }
  }

  askFill(fill: OrderFilled): readonly Intent[] {
    try {
      return checkAnswer(this.strategy.onFill?.(fill, this.#view) ?? NO_INTENTS);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Looks its positions and resting orders up in the ledger again. */
  refresh(): void {
    const { portfolio } = this.#state;
    this.positions = portfolio.positionsOf(this.strategyId);
    this.#hasRestingOrder = portfolio
      .restingEntries()
      .some(({ strategyId }) => strategyId === this.strategyId);
  }

  /** The intents that wait. */
  get queue(): readonly Intent[] {
    return this.#queue;
  }

  setQueue(intents: readonly Intent[]): void {
    this.#queue = intents;
    this.#waitsUntil = -Infinity;
  }

  /** Adds an intent behind those that wait. */
  enqueue(intent: Intent): void {
    this.#queue = [...this.#queue, intent];
  }

  dropQueue(): void {
    this.#queue = NO_INTENTS;
  }

  /** Whether an intent waits that no request before it holds up: it waits for a quote at which it can be traded. */
  get waitsForQuote(): boolean {
    return this.#queue.length > 0 && this.#awaitedId === undefined;
  }

  /** Whether the next intent cannot be traded yet. */
  get mustWait(): boolean {
    const [next] = this.#queue;
    if (next === undefined || next.type === 'modify') return false;
    return this.#state.at < this.#waitsUntil || !this.isTradable;
  }

  /** Whether the market is open, and has been since the newest quote: an opening that has no price yet cannot be traded at. */
  get isTradable(): boolean {
    return this.#state.isTradable(this.#state.quoteOf(this.instrument.name)?.at ?? this.#state.at);
  }

  /** Takes the next intent of the queue, or undefined when none waits or the one before has not settled. */
  takeNext(): Intent | undefined {
    if (this.#awaitedId !== undefined) return undefined;
    const [next, ...rest] = this.#queue;
    if (next !== undefined) this.#queue = rest;
    return next;
  }

  /** Holds the queue until this request has settled. */
  awaitSettlement(id: string): void {
    this.#awaitedId = id;
  }

  /** Takes note that a request settled; one that failed and was awaited takes the rest of its answer with it. */
  settle(id: string, outcome: 'done' | 'failed'): void {
    if (this.#awaitedId !== id) return;
    this.#awaitedId = undefined;
    if (outcome === 'failed') this.dropQueue();
  }

  /**
   * Takes note that a close failed and its position is still open: it stays wanted, before whatever was to come after it, and is
   * asked for again at a later quote.
   */
  settleFailedClose(id: string, { brokerPositionId, openUnits }: Position, units: number | undefined): void {
    const isAwaited = this.#awaitedId === id;
    if (isAwaited) this.#awaitedId = undefined;
    if (this.isPaused || this.isCloseQueued(brokerPositionId)) return;
    const part = units !== undefined && units < openUnits ? units : undefined;
    this.#queue = [{ type: 'close', brokerPositionId, units: part }, ...this.#queue];
    this.#waitsUntil = this.#state.at + CLOSE_RETRY_MS;
  }

  /** Takes note that a request was sent: the next denial is news again. */
  noteSent(): void {
    this.#lastDenial = undefined;
  }

  /** Returns whether a denial is news, and takes note of it. */
  isNewDenial(code: DenialCode): boolean {
    const { at } = this.#state;
    if (this.#lastDenial?.code === code && at - this.#lastDenial.at < REPEATED_DENIAL_MS) return false;
    this.#lastDenial = { code, at };
    return true;
  }

  #fail(error: unknown): readonly Intent[] {
    this.failure = { error };
    return NO_INTENTS;
  }
}

// Strategies of a trader's own are not all checked by a compiler: an answer that is no list is the strategy's failure, not ours.
function checkAnswer(intents: readonly Intent[]): readonly Intent[] {
  const isList: boolean = Array.isArray(intents);
  if (!isList) throw new TypeError('a strategy must answer with a list of intents');
  return intents;
}
