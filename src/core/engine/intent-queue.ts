/** The intents of one strategy and tag that wait their turn. */

import type { CloseIntent, IntentTag, QueuedIntent } from '../strategies/strategy.ts';

const NOTHING: readonly QueuedIntent[] = [];

/** Gives one intent after the other: the next when the request of the one before has settled. */
export class IntentQueue {
  readonly tag: IntentTag | undefined;
  #intents: readonly QueuedIntent[] = NOTHING;
  #awaitedId: string | undefined;
  #waitsUntil = -Infinity;

  constructor(tag: IntentTag | undefined) {
    this.tag = tag;
  }

  /** The intents that wait. */
  get intents(): readonly QueuedIntent[] {
    return this.#intents;
  }

  /** Whether nothing waits, and no request is awaited. */
  get isIdle(): boolean {
    return this.#intents.length === 0 && this.#awaitedId === undefined;
  }

  /** Whether an intent waits that no request before it holds up: it waits for a quote at which it can be traded. */
  get waitsForQuote(): boolean {
    return this.#intents.length > 0 && this.#awaitedId === undefined;
  }

  /** The next intent, unless the one before has not settled or it is not to be asked for before a later time (UTC ms). */
  next(at: number): QueuedIntent | undefined {
    const [next] = this.#intents;
    return this.#awaitedId === undefined && (at >= this.#waitsUntil || next?.type === 'modify')
      ? next
      : undefined;
  }

  set(intents: readonly QueuedIntent[]): void {
    this.#intents = intents;
    this.#waitsUntil = -Infinity;
  }

  /** Adds an intent behind those that wait. */
  add(intent: QueuedIntent): void {
    this.#intents = [...this.#intents, intent];
  }

  /** Puts entries in the place of those that wait, behind all else, and returns those that waited. */
  replaceEntries(entries: readonly QueuedIntent[]): readonly QueuedIntent[] {
    const replaced = this.#intents.filter(({ type }) => type === 'open');
    this.#intents = [...this.#intents.filter(({ type }) => type !== 'open'), ...entries];
    return replaced;
  }

  /** Takes out the entries. */
  dropEntries(): void {
    this.#intents = this.#intents.filter(({ type }) => type !== 'open');
  }

  /** Takes out the closes of positions that are gone. */
  dropCloses(isGone: (brokerPositionId: number) => boolean): void {
    if (this.#intents.length === 0) return;
    this.#intents = this.#intents.filter(
      (intent) => intent.type !== 'close' || !isGone(intent.brokerPositionId),
    );
  }

  /** Takes the first intent out. */
  shift(): void {
    this.#intents = this.#intents.slice(1);
  }

  drop(): void {
    this.#intents = NOTHING;
  }

  /** Whether a close of this position waits. */
  hasCloseOf(brokerPositionId: number): boolean {
    return this.#intents.some(
      (intent) => intent.type === 'close' && intent.brokerPositionId === brokerPositionId,
    );
  }

  /** Holds the queue until this request has settled. */
  awaitSettlement(id: string): void {
    this.#awaitedId = id;
  }

  awaits(id: string): boolean {
    return this.#awaitedId === id;
  }

  /** Takes note that the request it waited for has settled; one that failed takes the rest of its answer with it. */
  settle(outcome: 'done' | 'failed'): void {
    this.#awaitedId = undefined;
    if (outcome === 'failed') this.drop();
  }

  /** Puts a close before all that waits, to be asked for from a time (UTC ms) on. */
  putFirst(close: CloseIntent, waitsUntil: number): void {
    this.#intents = [close, ...this.#intents];
    this.#waitsUntil = waitsUntil;
  }

  /** Ends the wait for a request whose close stays wanted. */
  endWait(): void {
    this.#awaitedId = undefined;
  }
}

/** Returns intents in groups of one tag, in the order in which the tags first come. */
export function groupedByTag(
  intents: readonly QueuedIntent[],
): ReadonlyMap<IntentTag | undefined, readonly QueuedIntent[]> {
  return Map.groupBy(intents, ({ tag }) => tag);
}
