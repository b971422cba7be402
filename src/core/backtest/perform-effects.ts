/** Performs what the engine wants directly on the simulated exchange, in the order in which a trader would. */

import { unreachable } from '../shared/assert.ts';
import type { DenyEffect, Effect, HaltEffect, StrategyFailedEffect } from '../engine/effect.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Exchange } from '../simulation/exchange.ts';

/** Where effects are performed, and who hears of what. */
export interface EffectTarget {
  readonly exchange: Exchange;
  /** Shows the exchange's answer to engine and record and returns what the engine wants next. */
  readonly show: (transactions: readonly Transaction[]) => readonly Effect[];
  /** Hears of what does not concern the exchange. */
  readonly note: (effect: DenyEffect | HaltEffect | StrategyFailedEffect) => void;
}

/**
 * Performs effects until none is left: first in, first out. The engine sees each answer before the next effect is performed, and what
 * it wants then waits behind what was wanted before. The live trader's loop must keep the same order.
 */
export function performEffects(target: EffectTarget, effects: readonly Effect[]): void {
  const queue = [...effects];
  for (let effect = queue.shift(); effect; effect = queue.shift()) queue.push(...perform(target, effect));
}

const NOTHING_MORE: readonly Effect[] = [];

function perform({ exchange, show, note }: EffectTarget, effect: Effect): readonly Effect[] {
  switch (effect.type) {
    case 'submit-order':
      return show(exchange.submitOrder(effect.request));
    case 'close-position':
      return show(exchange.closePosition(effect.request));
    case 'cancel-order':
      return show(exchange.cancelOrder(effect.brokerOrderId, effect.decidedAt));
    case 'change-protection':
      return show(exchange.changeProtection(effect.request));
    case 'deny':
    case 'halt':
    case 'strategy-failed':
      note(effect);
      return NOTHING_MORE;
    default:
      return unreachable(effect);
  }
}
