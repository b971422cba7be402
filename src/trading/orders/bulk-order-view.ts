/** What people see of a request about several orders or positions. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { itemProblem } from '../../http/problems.ts';
import { ItemProblem } from '../../http/problem-schema.ts';
import { namedObject } from '../../http/schemas.ts';
import { Id } from '../../http/values.ts';
import { OrderView, orderView } from './order-view.ts';
import type { OutcomeOfOne } from './outcomes.ts';
import type { StoredOrder } from './order-store.ts';

const BulkOrderItem = namedObject('BulkOrderItem', {
  id: { ...Id, description: 'The order that was to be cancelled, or the position that was to be closed.' },
  status: Type.Integer({
    description: 'The HTTP status that a request about this one alone would have been answered with.',
    examples: [200],
  }),
  order: Type.Optional({
    ...OrderView,
    description: 'Of a success: the order as it is now, or the order that closes the position.',
  }),
  problem: Type.Optional({ ...ItemProblem, description: 'Of a refusal.' }),
});

export const BulkOrderView = namedObject('BulkOrderAnswer', { items: Type.Array(BulkOrderItem) });

/** How an outcome is shown: where a request about the one alone would go, and the status of its success. */
export interface OneAlone {
  readonly path: (id: string) => string;
  readonly statusOf: (order: StoredOrder) => number;
}

export function bulkOrderView(
  request: FastifyRequest,
  outcomes: readonly OutcomeOfOne[],
  { path, statusOf }: OneAlone,
): Static<typeof BulkOrderView> {
  return {
    items: outcomes.map(({ id, result }): Static<typeof BulkOrderItem> =>
      result.status === 'fulfilled'
        ? { id, status: statusOf(result.value), order: orderView(result.value) }
        : { id, ...itemProblem(result.reason, request, path(id)) },
    ),
  };
}
