/** Positions: watched, protected and closed by people. */

import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { PositionStore, StoredPosition } from './position-store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { netPositions } from './net-positions.ts';
import { NetPositionView, netPositionView } from './net-position-view.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import { OrderView, orderView } from '../orders/order-view.ts';
import { PositionView, positionView } from './position-view.ts';
import { valueOfPosition } from './position-values.ts';
import type { RunningAccounts } from './position-values.ts';
import { IdParams } from '../../http/schemas.ts';
import { Id } from '../../http/values.ts';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { ORDER_BODY_BYTES } from '../../http/body-limits.ts';
import { pageParameters, pageSchema, readPage, listSchema } from '../../http/pagination.ts';
import type { App } from '../../http/route.ts';
import { InstrumentText } from '../../prices/market-input.ts';
import { CloseBody, CloseOutBody, ProtectionPatch, protectionChange } from './position-schemas.ts';
import { locationOf, statusOf } from '../orders/order-routes.ts';
import { preconditionOf } from '../../http/preconditions.ts';

export interface PositionRouteDependencies {
  readonly accounts: Accounts;
  readonly orderDesk: OrderDesk;
  readonly supervisor: RunningAccounts;
  readonly stores: { readonly positions: PositionStore };
}

const ListQuery = Type.Object(
  {
    ...pageParameters,
    accountId: Type.Optional(Id),
    strategyId: Type.Optional(Id),
    openingOrderId: Type.Optional(
      Type.String({ format: 'uuid', description: 'Those that this order opened.' }),
    ),
    open: Type.Optional(Type.Boolean({ description: 'Only open ones, or only closed ones.' })),
  },
  { additionalProperties: false },
);

const VERSION = ['openUnits', 'takeProfit', 'stopLoss', 'trailingDistance'];

export function registerPositionRoutes(app: App, deps: PositionRouteDependencies): void {
  registerReading(app, deps);
  registerChanges(app, deps);
  registerCloseOut(app, deps);
}

function registerReading(app: App, { accounts, stores, supervisor }: PositionRouteDependencies): void {
  app.get('/positions', {
    config: { access: 'user' },
    schema: {
      operationId: 'listPositions',
      summary: 'My positions, newest first',
      tags: ['positions'],
      querystring: ListQuery,
      response: { 200: pageSchema(PositionView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { accountId, strategyId, openingOrderId, open: isOpen } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        stores.positions.listOf(userId, { accountId, strategyId, openingOrderId, isOpen }, page),
      );
      return {
        items: rows.map((position) => positionView(position, valueOfPosition(supervisor, position))),
        nextCursor,
      };
    },
  });

  app.get('/positions/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getPosition',
      summary: 'One position',
      tags: ['positions'],
      params: IdParams,
      response: { 200: PositionView },
    },
    handler: async (request) => {
      const position = await ownPosition(stores.positions, request, request.params.id);
      return positionView(position, valueOfPosition(supervisor, position));
    },
  });

  app.get('/net-positions', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'listNetPositions',
      summary: 'What an account holds of each instrument',
      tags: ['positions'],
      querystring: Type.Object({ accountId: Id }, { additionalProperties: false }),
      response: { 200: listSchema(NetPositionView) },
    },
    handler: async (request) => {
      const { id } = await accounts.get(principalOf(request).userId, request.query.accountId);
      const open = await stores.positions.ofAccount(id, 'open');
      const lots = open.map((position) => ({ position, value: valueOfPosition(supervisor, position) }));
      return { items: netPositions(lots).map(netPositionView) };
    },
  });
}

function registerChanges(app: App, { orderDesk, stores, supervisor }: PositionRouteDependencies): void {
  app.patch('/positions/:id', {
    bodyLimit: ORDER_BODY_BYTES,
    config: {
      access: 'user',
      cost: 'trade',
      versionOf: VERSION,
      problems: ['not-found', 'order-denied', 'account-not-trading'],
    },
    schema: {
      operationId: 'protectPosition',
      summary: 'Change what protects a position; null removes',
      tags: ['positions'],
      params: IdParams,
      body: ProtectionPatch,
      response: { 200: PositionView },
    },
    handler: async (request) => {
      const position = await ownPosition(stores.positions, request, request.params.id);
      const changed = await orderDesk.protect(
        principalOf(request).userId,
        position.id,
        (instrument) => protectionChange(instrument, request.body),
        preconditionOf(request, (stored: StoredPosition) => positionView(stored)),
      );
      return positionView(changed, valueOfPosition(supervisor, changed));
    },
  });

  app.post('/positions/:id/close', {
    bodyLimit: ORDER_BODY_BYTES,
    config: {
      access: 'user',
      cost: 'trade',
      // All of it is what most people mean, and they say so with no body at all.
      isBodyOptional: true,
      isIdempotent: true,
      is202Provisional: true,
      problems: ['not-found', 'order-denied', 'account-not-trading'],
    },
    schema: {
      operationId: 'closePosition',
      summary: 'Close a position, or some units of it',
      description: 'Answers with the closing order.',
      tags: ['positions'],
      params: IdParams,
      body: CloseBody,
      response: {
        201: OrderView,
        202: { ...OrderView, description: 'The broker has not answered yet; look again.' },
      },
    },
    handler: async (request, reply) => {
      const { userId } = principalOf(request);
      const { units } = request.body;
      const order = await orderDesk.close({
        id: request.reservedId,
        isFirstAttempt: request.isFirstAttempt,
        userId,
        positionId: request.params.id,
        units,
      });
      return reply.code(statusOf(order)).header('location', locationOf(order)).send(orderView(order));
    },
  });
}

function registerCloseOut(app: App, { orderDesk }: PositionRouteDependencies): void {
  app.post('/net-positions/:instrument/close', {
    bodyLimit: ORDER_BODY_BYTES,
    config: {
      access: 'user',
      cost: 'trade',
      isIdempotent: true,
      is202Provisional: true,
      problems: ['not-found', 'order-denied', 'account-not-trading'],
    },
    schema: {
      operationId: 'closeNetPosition',
      summary: 'Close all that an account holds of an instrument, or some units of it',
      description: 'One order closes the oldest positions first. Answers with it.',
      tags: ['positions'],
      params: Type.Object({ instrument: InstrumentText }),
      body: CloseOutBody,
      response: {
        201: OrderView,
        202: { ...OrderView, description: 'The broker has not answered yet; look again.' },
      },
    },
    handler: async (request, reply) => {
      const order = await orderDesk.closeOut({
        id: request.reservedId,
        isFirstAttempt: request.isFirstAttempt,
        userId: principalOf(request).userId,
        instrument: request.params.instrument,
        ...request.body,
      });
      return reply.code(statusOf(order)).header('location', locationOf(order)).send(orderView(order));
    },
  });
}

async function ownPosition(
  positions: PositionStore,
  request: FastifyRequest,
  id: string,
): Promise<StoredPosition> {
  const position = await positions.findOf(principalOf(request).userId, id);
  if (!position) throw new Problem('not-found', 'You have no position with this id.');
  return position;
}
