/** One strategy's place in the engine: the instance, what is its own, and the intents that wait their turn. */

import { positionSideOf } from '../domain/position.ts';
import { NO_INTENTS } from '../strategies/strategy.ts';
import { groupedByTag, IntentQueue } from './intent-queue.ts';
import { IntentSignals } from './intent-signals.ts';
import { CLOSE_RETRY_MS } from './requests.ts';
import { SlotView } from './slot-view.ts';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { CloseRequest, OrderTerms } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Intent, IntentTag, QueuedIntent, Strategy, StrategyOrder } from '../strategies/strategy.ts';
import type { StrategyAttachedEvent } from './engine-event.ts';
import type { EngineState } from './engine-state.ts';

// A strategy that wants the same thing at every quote gets one denial a minute in the journal, not one at every quote.
const REPEATED_DENIAL_MS = 60_000;

/** What a broker takes as the tag of an order, and a log can hold. */
const TAG = /^[\w.:-]{1,64}$/;

/** The slot asks its strategy, keeps its queues of intents, and knows which of its requests are in flight. */
export class StrategySlot {
  readonly strategyId: string;
  /** The instrument that the strategy is configured for. */
  readonly instrument: Instrument;
  /** That and the others that it watches. */
  readonly instruments: readonly Instrument[];
  readonly strategy: Strategy;
  readonly signals = new IntentSignals();
  isPaused: boolean;
  /** Whether it makes no entries any more. */
  isDraining: boolean;
  positions: readonly Position[] = [];
  /** When the strategy wants to be woken (UTC ms), Infinity when it does not. */
  wakesAt = Infinity;
  /** What the strategy threw, if it did. */
  failure: { readonly error: unknown } | undefined;
  readonly #state: EngineState;
  readonly #view: SlotView;
  #resting: readonly StrategyOrder[] = [];
  /** Of tags of which something waits or is awaited; the first, for what has no tag, is always there. */
  #queues: readonly IntentQueue[] = [new IntentQueue(undefined)];
  readonly #denialsByCode = new Map<DenialCode, number>();

  constructor(event: StrategyAttachedEvent, state: EngineState) {
    this.strategyId = event.strategyId;
    this.instrument = event.instrument;
    this.instruments = [event.instrument, ...(event.otherInstruments ?? [])];
    this.strategy = event.strategy;
    this.isPaused = event.paused;
    this.isDraining = event.draining ?? false;
    this.#state = state;
    this.#view = new SlotView(this, state);
    this.refresh();
    this.noteWake();
  }

  /** Whether any intent waits, for its turn or for a quote. */
  get hasWaiting(): boolean {
    return this.#queues.some(({ intents }) => intents.length > 0);
  }

  /** Whether an intent waits, is on its way to the broker, or rests there. */
  get isBusy(): boolean {
    const { inFlight } = this.#state;
    return this.hasWaiting || this.#resting.length > 0 || inFlight.hasAnyOf(this.strategyId);
  }

  /**
   * The same for one tag, or for what has none. An order in flight without a tag counts for every tag: after a restart it is not
   * known which it had, and no entry may be doubled.
   */
  isUnderWay(tag: IntentTag | undefined): boolean {
    return this.#queues.some((queue) => queue.tag === tag && queue.intents.length > 0) || this.#isSent(tag);
  }

  /** Whether intents of a tag wait for the market to open, and nothing of it was sent. */
  waitsForMarket(tag: IntentTag | undefined): boolean {
    const [next] = this.#queues.find((queue) => queue.tag === tag && queue.waitsForQuote)?.intents ?? [];
    return next !== undefined && this.isMarketClosed(next) && !this.#isSent(tag);
  }

  /** Whether a request of this tag is in flight, or rests. */
  #isSent(tag: IntentTag | undefined): boolean {
    if (this.#resting.some((order) => order.tag === tag)) return true;
    for (const { strategyId, terms } of this.#state.inFlight.orders()) {
      if (strategyId === this.strategyId && (terms.tag === tag || terms.tag === undefined)) return true;
    }
    for (const close of this.#state.inFlight.closes()) {
      if (close.strategyId === this.strategyId && close.tag === tag) return true;
    }
    return false;
  }

  /** The entry orders that rest or are on their way. */
  get orders(): readonly StrategyOrder[] {
    const sent = [...this.#state.inFlight.orders()].filter(
      ({ strategyId }) => strategyId === this.strategyId,
    );
    if (sent.length === 0) return this.#resting;
    return [...this.#resting, ...sent.map(({ id, terms }) => strategyOrder(id, terms, false))];
  }

  /** Whether the strategy subscribed to candles of this granularity. */
  wants(granularity: Granularity): boolean {
    // Written out: this is asked at the end of every candle, mostly of one granularity.
    const { granularities } = this.strategy;
    for (let index = 0; index < granularities.length; index += 1)
      if (granularities[index] === granularity) return true;
    return false;
  }

  /** The instrument with this name, or the configured one when none is named; undefined when it is none of the strategy's. */
  instrumentNamed(name: string | undefined): Instrument | undefined {
    if (name === undefined) return this.instrument;
    return this.instruments.find((instrument) => instrument.name === name);
  }

  /** Whether a close of this position waits. */
  isCloseQueued(brokerPositionId: number): boolean {
    return this.#queues.some((queue) => queue.hasCloseOf(brokerPositionId));
  }

  askQuote(quote: Quote): readonly Intent[] {
    // Written out, as with candles: this is the way of every quote.
    try {
      return checkAnswer(this.strategy.onQuote?.(quote, this.#view));
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
    return this.#ask(() => this.strategy.onFill?.(fill, this.#view));
  }

  /** Wakes the strategy at the time that it named; it must then name a later one, or none. */
  askClock(at: number): readonly Intent[] {
    const intents = this.#ask(() => this.strategy.onClock?.(at, this.#view));
    if (this.failure === undefined && (this.strategy.wakesAt ?? Infinity) <= at)
      return this.#fail(new RangeError(`wakesAt must be later than ${at} after onClock at that time`));
    return intents;
  }

  /** Reads when the strategy wants to be woken; a time that has passed is now. */
  noteWake(): void {
    this.wakesAt = Math.max(this.strategy.wakesAt ?? Infinity, this.#state.at);
  }

  /** Looks its positions and resting orders up in the ledger again. */
  refresh(): void {
    const { portfolio } = this.#state;
    this.positions = portfolio.positionsOf(this.strategyId);
    this.#resting = portfolio
      .restingEntries()
      .filter(({ strategyId }) => strategyId === this.strategyId)
      .map((order) => strategyOrder(idOf(order), order.terms, true));
  }

  /** The queues in which something waits or is awaited; that of intents without a tag first. */
  get queues(): readonly IntentQueue[] {
    return this.#queues;
  }

  /** The queue of a tag; made when there is none. */
  queueOf(tag: IntentTag | undefined): IntentQueue {
    const existing = this.#queues.find((queue) => queue.tag === tag);
    if (existing) return existing;
    const queue = new IntentQueue(tag);
    this.#queues = [...this.#queues, queue];
    return queue;
  }

  /** Forgets queues in which nothing waits any more. */
  forgetIdleQueues(): void {
    if (this.#queues.length === 1) return;
    this.#queues = this.#queues.filter((queue) => queue.tag === undefined || !queue.isIdle);
  }

  /** Takes over intents that waited before a restart. */
  setQueues(intents: readonly QueuedIntent[]): void {
    for (const [tag, group] of groupedByTag(intents)) this.queueOf(tag).set(group);
  }

  /** Makes no entries from now on, and drops those that wait. */
  drain(): void {
    this.isPaused = false;
    this.isDraining = true;
    for (const queue of this.#queues) queue.dropEntries();
  }

  dropQueues(): void {
    for (const queue of this.#queues) queue.drop();
  }

  /** Whether an intent waits that no request before it holds up: it waits for a quote at which it can be traded. */
  get waitsForQuote(): boolean {
    return this.#queues.some((queue) => queue.waitsForQuote);
  }

  /** Whether an intent can be carried out now: what is to be traded needs an open market, and a price of it from since it opened that is no candle's extreme. */
  isTradable(intent: QueuedIntent): boolean {
    if (intent.type === 'modify') return true;
    const instrumentName = this.#instrumentOf(intent);
    return this.#isOpen(instrumentName) && !this.#state.enteredCandles.isAtExtreme(instrumentName);
  }

  /** Whether what the intent is to trade cannot be traded because its market is closed. */
  isMarketClosed(intent: QueuedIntent): boolean {
    return !this.#isOpen(this.#instrumentOf(intent));
  }

  /** Takes note that a request settled; one that failed and was awaited takes the rest of its answer with it. */
  settle(id: string, outcome: 'done' | 'failed'): void {
    this.#queues.find((queue) => queue.awaits(id))?.settle(outcome);
  }

  /**
   * Takes note that a close failed and its position is still open: it stays wanted, before whatever was to come after it, and is
   * asked for again at a later quote.
   */
  settleFailedClose({ id, tag, units }: CloseRequest, { brokerPositionId, openUnits }: Position): void {
    const awaiting = this.#queues.find((queue) => queue.awaits(id));
    awaiting?.endWait();
    if (this.isPaused || this.isCloseQueued(brokerPositionId)) return;
    const part = units !== undefined && units < openUnits ? units : undefined;
    const close = { type: 'close', brokerPositionId, units: part, tag } as const;
    (awaiting ?? this.queueOf(tag)).putFirst(close, this.#state.at + CLOSE_RETRY_MS);
    this.#state.closedMarketSignals.wantAgain(id, close);
  }

  /** Takes note that a request was sent: the next denial is news again. */
  noteSent(): void {
    this.#denialsByCode.clear();
  }

  /** Returns whether a denial is news, and takes note of it. */
  isNewDenial(code: DenialCode): boolean {
    const { at } = this.#state;
    if (at - (this.#denialsByCode.get(code) ?? -Infinity) < REPEATED_DENIAL_MS) return false;
    this.#denialsByCode.set(code, at);
    return true;
  }

  #ask(decide: () => readonly Intent[] | undefined): readonly Intent[] {
    try {
      return checkAnswer(decide());
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): readonly Intent[] {
    this.failure = { error };
    return NO_INTENTS;
  }

  #instrumentOf(intent: QueuedIntent): string {
    if (intent.type === 'open') return intent.instrument ?? this.instrument.name;
    const { brokerPositionId } = intent;
    const position = this.positions.find((held) => held.brokerPositionId === brokerPositionId);
    return position?.instrument ?? this.instrument.name;
  }

  #isOpen(instrumentName: string): boolean {
    return this.#state.isTradable(instrumentName, this.#state.quoteOf(instrumentName)?.at ?? this.#state.at);
  }
}

function idOf({ clientOrderId, orderId }: LedgerOrder): string {
  return clientOrderId ?? String(orderId);
}

function strategyOrder(id: string, terms: OrderTerms, isResting: boolean): StrategyOrder {
  const { tag, instrument, side, orderType, units, price } = terms;
  return { id, tag, instrument, side: positionSideOf(side), orderType, units, price, isResting };
}

// Strategies of a trader's own are not all checked by a compiler: an answer that is no list is the strategy's failure, not ours.
function checkAnswer(answer: readonly Intent[] | undefined): readonly Intent[] {
  const intents = answer ?? NO_INTENTS;
  const isList: boolean = Array.isArray(intents);
  if (!isList) throw new TypeError('a strategy must answer with a list of intents');
  if (intents.length === 0) return intents;
  for (const intent of intents) {
    const tag = intent.type === 'cancel' ? undefined : intent.tag;
    if (tag !== undefined && !TAG.test(tag))
      throw new TypeError(`a tag must be 1 to 64 letters, digits or . _ : -, was ${JSON.stringify(tag)}`);
    const group = intent.type === 'open' ? intent.ocoGroup : undefined;
    if (group !== undefined && !TAG.test(group))
      throw new TypeError(
        `an ocoGroup must be 1 to 64 letters, digits or . _ : -, was ${JSON.stringify(group)}`,
      );
  }
  return intents;
}
