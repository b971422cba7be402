/** What becomes of several orders of one request. */

import { derivedId } from '../../core/domain/ids.ts';
import { present } from '../../core/shared/assert.ts';
import type { StoredPosition } from '../positions/position-store.ts';
import type { StoredOrder } from './order-store.ts';

/** What became of one order or position of several: `id` is its own, the order that which was cancelled or closes it. */
export interface OutcomeOfOne {
  readonly id: string;
  readonly result: PromiseSettledResult<StoredOrder>;
}

/** Returns the id of the order that closes a position for a request that closes all: the same for every repetition. It sorts by the time of the request. */
export function idOfClosing(requestId: string, { brokerPositionId }: StoredPosition): string {
  const at = Number.parseInt(requestId.replace('-', '').slice(0, 12), 16);
  return derivedId(requestId, 'close', brokerPositionId, at);
}

/** Waits for what becomes of each. */
export async function outcomesOf(
  parts: readonly { readonly id: string; readonly order: Promise<StoredOrder> }[],
): Promise<readonly OutcomeOfOne[]> {
  const results = await Promise.allSettled(parts.map(({ order }) => order));
  return parts.map(({ id }, index) => ({ id, result: present(results[index], 'the result of a part') }));
}
