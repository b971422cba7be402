/** All orders of an account cancelled, or all of its positions closed, by one request that says what became of each. */

import { principalOf } from '../../http/authenticate.ts';
import { API_PREFIX } from '../../http/route.ts';
import { IdParams } from '../../http/schemas.ts';
import { BulkOrderView, bulkOrderView } from './bulk-order-view.ts';
import { statusOf } from './order-routes.ts';
import type { App } from '../../http/route.ts';
import type { OneAlone } from './bulk-order-view.ts';
import type { OrderDesk } from './order-desk.ts';

const CANCELLATION: OneAlone = { path: (id) => `${API_PREFIX}/orders/${id}`, statusOf: () => 200 };
const CLOSE: OneAlone = { path: (id) => `${API_PREFIX}/positions/${id}/close`, statusOf };

export function registerBulkOrderRoutes(app: App, { orderDesk }: { readonly orderDesk: OrderDesk }): void {
  app.post('/accounts/:id/cancel-orders', {
    config: {
      access: 'user',
      cost: 'trade',
      isIdempotent: true,
      problems: ['not-found', 'account-not-trading'],
    },
    schema: {
      operationId: 'cancelOrders',
      summary: 'Cancel every entry of an account that has not filled',
      description:
        'What protects positions stays, and strategies may place new orders: stop them first, or halt the account. Each order is answered for by itself; one may have filled meanwhile.',
      tags: ['orders'],
      params: IdParams,
      response: { 207: BulkOrderView },
    },
    handler: async (request, reply) => {
      const outcomes = await orderDesk.cancelAll(principalOf(request).userId, request.params.id);
      return reply.code(207).send(bulkOrderView(request, outcomes, CANCELLATION));
    },
  });

  app.post('/accounts/:id/close-positions', {
    config: {
      access: 'user',
      cost: 'trade',
      isIdempotent: true,
      problems: ['not-found', 'account-not-trading'],
    },
    schema: {
      operationId: 'closePositions',
      summary: 'Close every position of an account',
      description:
        'Each position is closed by an order of its own, the oldest first, and answered for by itself: 202 while the broker has not answered. Entries stay, and so do strategies: `POST /accounts/{id}/kill` ends everything.',
      tags: ['positions'],
      params: IdParams,
      response: { 207: BulkOrderView },
    },
    handler: async (request, reply) => {
      const outcomes = await orderDesk.closeAll({
        id: request.reservedId,
        userId: principalOf(request).userId,
        accountId: request.params.id,
      });
      return reply.code(207).send(bulkOrderView(request, outcomes, CLOSE));
    },
  });
}
