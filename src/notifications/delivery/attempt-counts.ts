/** What came of the attempts to send messages, counted since this process started. */

import type { ChannelKind } from '../channels/channel-store.ts';

/** Taken by its receiver; not taken, and tried again; given up. */
export type AttemptResult = 'delivered' | 'failed' | 'dead';

export interface AttemptCount {
  readonly kind: ChannelKind;
  readonly result: AttemptResult;
  readonly count: number;
}

export class AttemptCounts {
  readonly #counts = new Map<string, AttemptCount>();

  add(kind: ChannelKind, result: AttemptResult): void {
    const key = `${kind} ${result}`;
    this.#counts.set(key, { kind, result, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }

  get all(): Iterable<AttemptCount> {
    return this.#counts.values();
  }
}
