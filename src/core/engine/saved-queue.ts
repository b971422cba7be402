/** The intents of a strategy that wait for the market, as plain data. */

import { assert } from '../shared/assert.ts';
import type { Json } from '../shared/json.ts';
import type { QueuedIntent } from '../strategies/strategy.ts';

/** What a strategy wanted while the market was closed. */
export type SavedQueue = {
  readonly strategyId: string;
  readonly intents: readonly SavedIntent[];
};

type SavedIntent = { readonly [key: string]: Json };

/** Returns a queue as plain data, without what is undefined. */
export function saveQueue(strategyId: string, intents: readonly QueuedIntent[]): SavedQueue {
  return { strategyId, intents: intents.map((intent) => withoutUndefined(intent)) };
}

/** Returns the intents of a saved queue; InvariantError when one of them is none. */
export function restoreQueue({ strategyId, intents }: SavedQueue): readonly QueuedIntent[] {
  for (const intent of intents) {
    assert(isIntent(intent), `a saved intent of strategy ${strategyId} cannot be read`);
  }
  return intents as readonly unknown[] as readonly QueuedIntent[];
}

function isIntent({ type, side, orderType, size, brokerPositionId }: SavedIntent): boolean {
  if (type === 'close' || type === 'modify') return typeof brokerPositionId === 'number';
  const isEntry = type === 'open' && typeof side === 'string' && typeof orderType === 'string';
  return isEntry && typeof size === 'object' && size !== null;
}

function withoutUndefined(intent: QueuedIntent): SavedIntent {
  const entries = Object.entries(intent) as [string, Json | undefined][];
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
