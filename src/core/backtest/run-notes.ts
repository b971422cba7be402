/** Keeps what happened in a run besides transactions: denials, halts, and a strategy that failed. */

import { unreachable } from '../shared/assert.ts';
import type { DenialCode } from '../domain/denial.ts';
import type { DenyEffect, HaltEffect, StrategyFailedEffect } from '../engine/effect.ts';

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

/** The notes of one run. Denials are only counted: a strategy may be denied at every quote. */
export class RunNotes {
  readonly halts: Halt[] = [];
  strategyFailure: StrategyFailure | undefined;
  readonly #denials = new Map<DenialCode, number>();

  /** Takes note of an effect that does not concern the exchange. */
  add(effect: DenyEffect | HaltEffect | StrategyFailedEffect): void {
    switch (effect.type) {
      case 'deny':
        this.#denials.set(effect.code, (this.#denials.get(effect.code) ?? 0) + 1);
        return;
      case 'halt':
        this.halts.push({ at: effect.at, code: effect.code });
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

  /** How often each code denied an order, the codes in alphabetical order. */
  get denials(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#denials].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
