/** The order in which effects are performed. A live account performs what is wanted at the same moment together, in this order too. */

import type { Effect } from './effect.ts';

/**
 * Gives effects one at a time: first in, first out. What performing one led to is handed back by `next` before another is given, and
 * waits behind what was wanted before.
 */
export function* inTurn(effects: readonly Effect[]): Generator<Effect, void, readonly Effect[]> {
  const waiting = [...effects];
  for (let effect = waiting.shift(); effect; effect = waiting.shift()) waiting.push(...(yield effect));
}
