/** What a strategy saw when it asked for each of its intents. */

import type { Candle } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { Signal } from '../domain/signal.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Intent } from '../strategies/strategy.ts';

/** What a strategy is shown; nothing when it is woken. */
export type Seen = Candle | Quote | OrderFilled | undefined;

/** An answer, and what the strategy saw when it gave it. */
interface Answer {
  readonly intents: readonly Intent[];
  readonly signal: Signal;
}

/** Keeps the signals of one strategy's intents for as long as they may wait. */
export class IntentSignals {
  #newest: Answer | undefined;
  /** Of answers that still waited in part as the next one came. That is rare, and an entry here takes as long as much of an order. */
  readonly #older = new WeakMap<Intent, Signal>();

  /** Takes the next answer; `isWaiting` is whether any of the intents before it waits. */
  add(intents: readonly Intent[], signal: Signal, isWaiting: boolean): void {
    if (this.#newest && isWaiting)
      for (const intent of this.#newest.intents) this.#older.set(intent, this.#newest.signal);
    this.#newest = { intents: [...intents], signal };
  }

  /** The signal of an intent; undefined when the strategy did not ask for it itself. */
  of(intent: Intent): Signal | undefined {
    const isNewest = this.#newest?.intents.includes(intent) === true;
    return isNewest ? this.#newest?.signal : this.#older.get(intent);
  }
}

/** Made only for answers that want something: quotes are many. */
export function signalOf(seen: Seen, at: number): Signal {
  if (seen === undefined) return { type: 'clock', at };
  if ('granularity' in seen) return { type: 'candle', at, candle: seen };
  return 'balance' in seen
    ? { type: 'fill', at, transactionId: seen.id }
    : { type: 'quote', at, quote: { ...seen } };
}
