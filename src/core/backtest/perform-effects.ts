/** Performs what the engine wants directly on the simulated exchange. */

import { NO_EFFECTS } from '../engine/effect.ts';
import { inTurn } from '../engine/effects-in-turn.ts';
import { InvariantError, unreachable } from '../shared/assert.ts';
import type { Effect, NotedEffect } from '../engine/effect.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Exchange } from '../simulation/exchange.ts';

/** Where effects are performed, and who notes what. */
export interface EffectTarget {
  readonly exchange: Exchange;
  /** Shows the exchange's answer to engine and record and returns what the engine wants next. */
  readonly show: (transactions: readonly Transaction[]) => readonly Effect[];
  /** Takes note of what does not concern the exchange. */
  readonly note: (effect: NotedEffect) => void;
}

/** Performs effects in turn until none is left. The engine sees each answer before the next effect is performed. */
export function performEffects(target: EffectTarget, effects: readonly Effect[]): void {
  if (effects.length === 0) return;
  const turns = inTurn(effects);
  let turn = turns.next();
  while (turn.done !== true) turn = turns.next(perform(target, turn.value));
}

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
    case 'renew-order':
      throw new InvariantError('a backtest has no leases');
    case 'deny':
    case 'halt':
    case 'halt-ended':
    case 'limit-near':
    case 'stop-missing':
    case 'weekend-missed':
    case 'strategy-failed':
      note(effect);
      return NO_EFFECTS;
    default:
      return unreachable(effect);
  }
}
