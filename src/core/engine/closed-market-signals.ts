/** What strategies wanted to trade while the market was closed, counted by what became of it. */

import type { ClosedMarketCounts, SignalCounts } from '../domain/closed-market-counts.ts';
import type { QueuedIntent } from '../strategies/strategy.ts';

type Kind = keyof ClosedMarketCounts;

interface Counts {
  signals: number;
  filled: number;
  placed: number;
  replaced: number;
}

/** Follows signals from when they find the market closed to their end. */
export class ClosedMarketSignals {
  readonly #counts: Readonly<Record<Kind, Counts>> = { entries: noCounts(), exits: noCounts() };
  readonly #met = new WeakSet<QueuedIntent>();
  /** Those on their way to the broker, by the id of their request. */
  readonly #sentById = new Map<string, QueuedIntent>();

  /** Takes note of intents that wait because the market is closed; each counts once. A change of protection waits for no market. */
  meet(intents: readonly QueuedIntent[]): void {
    for (const intent of intents) {
      if (intent.type === 'modify' || this.#met.has(intent)) continue;
      this.#met.add(intent);
      this.#countsOf(intent).signals += 1;
    }
  }

  /** Takes note that other entries took the place of these. */
  replace(intents: readonly QueuedIntent[]): void {
    for (const intent of intents) if (this.#met.has(intent)) this.#countsOf(intent).replaced += 1;
  }

  /** Takes note that an intent was sent as the request with this id. */
  send(intent: QueuedIntent, requestId: string): void {
    if (this.#met.has(intent)) this.#sentById.set(requestId, intent);
  }

  /** Takes note that the request with this id failed, and that `intent` is wanted in its place. */
  wantAgain(requestId: string, intent: QueuedIntent): void {
    if (this.#sentById.delete(requestId)) this.#met.add(intent);
  }

  /** Takes note that a request has settled. */
  settle(requestId: string, outcome: 'done' | 'failed'): void {
    const intent = this.#sentById.get(requestId);
    if (!intent) return;
    this.#sentById.delete(requestId);
    if (outcome === 'failed') return;
    const isAtMarket = intent.type !== 'open' || intent.orderType === 'market';
    this.#countsOf(intent)[isAtMarket ? 'filled' : 'placed'] += 1;
  }

  /** Returns the counts so far; `queued` is all that waits in the engine, for whatever reason. */
  counts(queued: readonly QueuedIntent[]): ClosedMarketCounts {
    const waiting = [...queued.filter((intent) => this.#met.has(intent)), ...this.#sentById.values()];
    return { entries: this.#sumUp('entries', waiting), exits: this.#sumUp('exits', waiting) };
  }

  #sumUp(kind: Kind, pending: readonly QueuedIntent[]): SignalCounts {
    const { signals, filled, placed, replaced } = this.#counts[kind];
    const waiting = pending.filter((intent) => kindOf(intent) === kind).length;
    return {
      signals,
      filled,
      placed,
      lapsed: signals - filled - placed - replaced - waiting,
      replaced,
      waiting,
    };
  }

  #countsOf(intent: QueuedIntent): Counts {
    return this.#counts[kindOf(intent)];
  }
}

function kindOf({ type }: QueuedIntent): Kind {
  return type === 'open' ? 'entries' : 'exits';
}

function noCounts(): Counts {
  return { signals: 0, filled: 0, placed: 0, replaced: 0 };
}
