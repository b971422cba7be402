/** Keeps why a run did not do what its strategy wanted: denials, cancelled orders, halts, and a strategy that failed. */

import { unreachable } from '../shared/assert.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { CancelReason } from '../domain/transaction-reasons.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { NotedEffect } from '../engine/effect.ts';

/** A halt of the account by a rule, at an instant in UTC ms. */
export interface Halt {
  readonly at: number;
  readonly code: DenialCode;
}

/** Why and when (UTC ms) a strategy threw. */
export interface StrategyFailure {
  readonly at: number;
  readonly reason: string;
  /** Where it threw, as JavaScript reports it; undefined when what it threw was no error. */
  readonly stack: string | undefined;
}

/** Orders end in these ways as they were meant to. */
const INTENDED_ENDS: ReadonlySet<CancelReason> = new Set([
  'client-request',
  'replaced',
  'expired',
  'linked-position-closed',
]);

/** The notes of one run. Denials are only counted: a strategy may be denied at every quote. */
export class RunNotes {
  readonly halts: Halt[] = [];
  strategyFailure: StrategyFailure | undefined;
  readonly #denials = new Map<DenialCode, number>();
  readonly #cancellations = new Map<CancelReason, number>();

  /** Takes note of an effect that does not concern the exchange. */
  add(effect: NotedEffect): void {
    switch (effect.type) {
      case 'deny':
        return count(this.#denials, effect.code);
      case 'halt':
        this.halts.push({ at: effect.at, code: effect.code });
        return;
      case 'halt-ended':
      case 'limit-near':
      case 'stop-missing':
      case 'weekend-missed':
        return;
      case 'strategy-failed':
        this.strategyFailure ??= {
          at: effect.at,
          reason: effect.reason,
          stack: effect.error instanceof Error ? effect.error.stack : undefined,
        };
        return;
      default:
        unreachable(effect);
    }
  }

  /** Takes note of the orders that the exchange cancelled for a reason of its own. */
  addCancellations(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) {
      if (transaction.type === 'order-cancelled' && !INTENDED_ENDS.has(transaction.reason))
        count(this.#cancellations, transaction.reason);
    }
  }

  /** How often each code denied an order, the codes in alphabetical order. */
  get denials(): Readonly<Record<string, number>> {
    return inOrder(this.#denials);
  }

  /** How many orders the exchange cancelled for each reason of its own, in alphabetical order. */
  get cancellations(): Readonly<Record<string, number>> {
    return inOrder(this.#cancellations);
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function inOrder(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
