/** Orders: placed, watched and cancelled by people. */

import { Type } from 'typebox';
import { ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import type { OrderPageStore } from './order-page-store.ts';
import type { OrderDesk } from './order-desk.ts';
import { OrderPreviewView, orderPreviewView } from './order-preview-view.ts';
import { OrderView, orderView } from './order-view.ts';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { ORDER_BODY_BYTES } from '../../http/body-limits.ts';
import { pageParameters, pageSchema, readPage, writtenPage } from '../../http/pagination.ts';
import { timeParameters, timeRange } from '../../http/time-filter.ts';
import { InstrumentText } from '../../prices/market-input.ts';
import { ORDER_SIDES } from '../../core/domain/order.ts';
import { API_PREFIX } from '../../http/route.ts';
import type { App } from '../../http/route.ts';
import { IdParams } from '../../http/schemas.ts';
import { Id } from '../../http/values.ts';
import { changedTerms, OrderPatch } from './order-patch.ts';
import { isProtectiveInput, OrderBody, orderTerms, protectiveTerms } from './order-schemas.ts';
import { preconditionOf } from '../../http/preconditions.ts';

export interface OrderRouteDependencies {
  readonly orderDesk: OrderDesk;
  readonly stores: { readonly orders: OrderStore; readonly orderPages: OrderPageStore };
}

const ListQuery = Type.Object(
  {
    ...pageParameters,
    accountId: Type.Optional(Id),
    strategyId: Type.Optional(Id),
    status: Type.Optional(
      Type.Array(Type.Enum(ORDER_STATUSES), {
        minItems: 1,
        maxItems: ORDER_STATUSES.length,
        description: 'One status or several.',
      }),
    ),
    ...timeParameters('made (`createdAt`)'),
    instrument: Type.Optional(InstrumentText),
    side: Type.Optional(Type.Enum(ORDER_SIDES)),
    reasonCode: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Why they were denied, rejected or cancelled.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What a change says, and what makes it impossible. */
const VERSION = [...Object.keys(OrderPatch.properties), 'status', 'filledUnits', 'replacedByOrderId'];

export function registerOrderRoutes(app: App, { orderDesk, stores }: OrderRouteDependencies): void {
  app.post('/orders', {
    bodyLimit: ORDER_BODY_BYTES,
    config: {
      access: 'user',
      cost: 'trade',
      isIdempotent: true,
      is202Provisional: true,
      problems: ['not-found', 'order-denied', 'account-not-trading', 'limit-reached'],
    },
    schema: {
      operationId: 'placeOrder',
      summary: 'Place an order',
      description:
        'An order that the broker cancels or rejects is still made: see `status` and `reasonCode`. ' +
        'One that the risk rules deny is not sent, and answered with the problem `order-denied`.',
      tags: ['orders'],
      body: OrderBody,
      response: {
        201: OrderView,
        202: { ...OrderView, description: 'The broker has not answered yet; look again.' },
      },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const { body, reservedId: id, isFirstAttempt } = request;
      const { accountId } = body;
      const order = isProtectiveInput(body)
        ? await orderDesk.placeProtective({
            id,
            isFirstAttempt,
            userId,
            accountId,
            positionId: body.positionId,
            terms: (position, instrument) => protectiveTerms(body, position, instrument),
          })
        : await orderDesk.place({
            id,
            isFirstAttempt,
            userId,
            accountId,
            terms: (instruments) => orderTerms(body, instruments),
          });
      return reply.code(statusOf(order)).header('location', locationOf(order)).send(orderView(order));
    },
  });

  app.post('/orders/preview', {
    bodyLimit: ORDER_BODY_BYTES,
    config: { access: 'user', leavesNoEntry: true, problems: ['not-found', 'account-not-trading'] },
    schema: {
      operationId: 'previewOrder',
      summary: 'What an order would come to; nothing is sent',
      description:
        'The body is that of `POST /orders`. Works on a halted account, while the market is closed and without a quote: `denials` says so. ' +
        'What is not known then is null.',
      tags: ['orders'],
      body: OrderBody,
      response: { 200: OrderPreviewView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { body } = request;
      const { accountId } = body;
      const forecast = isProtectiveInput(body)
        ? await orderDesk.previewProtective({
            userId,
            accountId,
            positionId: body.positionId,
            terms: (position, instrument) => protectiveTerms(body, position, instrument),
          })
        : await orderDesk.preview({
            userId,
            accountId,
            terms: (instruments) => orderTerms(body, instruments),
          });
      return orderPreviewView(forecast);
    },
  });

  app.get('/orders', {
    config: { access: 'user' },
    schema: {
      operationId: 'listOrders',
      summary: 'My orders, newest first',
      tags: ['orders'],
      querystring: ListQuery,
      response: { 200: pageSchema(OrderView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { accountId, strategyId, status: statuses, instrument, side, reasonCode } = request.query;
      const filter = { accountId, strategyId, statuses, instrument, side, reasonCode };
      const created = timeRange(request.query);
      return writtenPage(
        await readPage(request.query, (page) =>
          stores.orderPages.listOf(userId, { ...filter, created }, page),
        ),
      );
    },
  });

  app.get('/orders/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getOrder',
      summary: 'One order',
      tags: ['orders'],
      params: IdParams,
      response: { 200: OrderView },
    },
    handler: async (request) => {
      const order = await stores.orders.findOf(principalOf(request).userId, request.params.id);
      if (!order) throw new Problem('not-found', 'You have no order with this id.');
      return orderView(order);
    },
  });

  app.patch('/orders/:id', {
    bodyLimit: ORDER_BODY_BYTES,
    config: {
      access: 'user',
      cost: 'trade',
      isIdempotent: true,
      is202Provisional: true,
      versionOf: VERSION,
      changes: ['status', 'reasonCode', 'replacedByOrderId'],
      problems: ['not-found', 'invalid-transition', 'order-denied', 'account-not-trading'],
    },
    schema: {
      operationId: 'replaceOrder',
      summary: 'Change an order that rests; null removes',
      description:
        'The broker puts a new order in its place in one step, and the answer is that order. It is judged like a new one, without ' +
        'the old one. When it is denied or rejected, or the old one has filled meanwhile, nothing is changed.',
      tags: ['orders'],
      params: IdParams,
      body: OrderPatch,
      response: {
        201: OrderView,
        202: { ...OrderView, description: 'The broker has not answered yet; look again.' },
      },
    },
    handler: async (request, reply) => {
      const order = await orderDesk.replace({
        id: request.reservedId,
        isFirstAttempt: request.isFirstAttempt,
        userId: principalOf(request).userId,
        orderId: request.params.id,
        change: (replaced, instrument) => changedTerms(replaced, instrument, request.body),
        precondition: preconditionOf(request, orderView),
      });
      return reply.code(statusOf(order)).header('location', locationOf(order)).send(orderView(order));
    },
  });

  app.delete('/orders/:id', {
    config: {
      access: 'user',
      cost: 'trade',
      changes: ['status', 'reasonCode', 'cancelledAt'],
      problems: ['not-found', 'invalid-transition', 'order-denied', 'account-not-trading'],
    },
    schema: {
      operationId: 'cancelOrder',
      summary: 'Cancel an order that has not filled',
      tags: ['orders'],
      params: IdParams,
      response: {
        200: { ...OrderView, description: 'The order as it is now; it may have filled meanwhile.' },
      },
    },
    handler: async (request) =>
      orderView(await orderDesk.cancel(principalOf(request).userId, request.params.id)),
  });
}

/** 202 while the broker's answer is open. */
export function statusOf(order: StoredOrder): 201 | 202 {
  return order.status === 'submitted' ? 202 : 201;
}

/** Where an order can be read. */
export function locationOf(order: StoredOrder): string {
  return `${API_PREFIX}/orders/${order.id}`;
}
