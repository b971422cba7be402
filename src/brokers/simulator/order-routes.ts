/** `/accounts/…/orders`: creating, listing, replacing and cancelling orders. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../../core/shared/assert.ts';
import { isRejection, orderAddress, outcomeOf, rejectionAnswer, writtenFields } from './answers.ts';
import { listed } from './listed.ts';
import { changeOrderExtensions } from './order-extensions.ts';
import { cancelOrder, orderNames, submitOrder } from './order-desk.ts';
import { queryWord } from './read-query.ts';
import { pathText, requestedAccount } from './requested-account.ts';
import { readOrder } from './requests/read-order.ts';
import { V20Error, invalidValue } from './v20-error.ts';
import { ORDER_STATES, orderState, orderView } from './wire/order-view.ts';
import type { OrderRecord } from './account-records.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

export function registerOrderRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.post('/accounts/:accountID/orders', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const now = simulator.now();
    const read = readOrder(account, request.body, now);
    const written = submitOrder(account, { requestId: request.id, now }, read);
    return sendCreated(account, written, request, reply);
  });

  api.get('/accounts/:accountID/orders', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const state = queryWord(request, 'state', [...ORDER_STATES, 'ALL']) ?? 'PENDING';
    const records = [...account.book.ordersById.values()]
      .filter((record) => state === 'ALL' || orderState(record) === state)
      .map((record) => ({
        id: record.order.orderId,
        instrument: record.order.terms.instrument,
        record,
      }));
    const shown = listed(records, account.instruments, request, reply);
    return ordersAnswer(
      account,
      shown.map(({ record }) => record),
    );
  });

  api.get('/accounts/:accountID/pendingOrders', (request) => {
    const account = requestedAccount(simulator, request);
    const ids = [...account.book.ledger.openOrders.keys()].reverse();
    return ordersAnswer(
      account,
      ids.map((id) => account.book.order(id)),
    );
  });

  api.get('/accounts/:accountID/orders/:orderSpecifier', (request) => {
    const account = requestedAccount(simulator, request);
    const record = findOrder(account, orderSpecifier(request));
    const lastTransactionID = String(account.lastTransactionId);
    if (!record)
      throw new V20Error(404, 'The order ID specified does not exist', 'NO_SUCH_ORDER', {
        lastTransactionID,
      });
    return { order: orderView(account, record, account.trailingLevels()), lastTransactionID };
  });

  api.put('/accounts/:accountID/orders/:orderSpecifier', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const specifier = orderSpecifier(request);
    const replaced = account.book.pendingOrder(specifier);
    const read = readOrder(account, request.body, moment.now, replaced);
    if (!replaced)
      throw rejectionAnswer(account, {
        orderCancelRejectTransaction: account.note(moment.requestId, moment.now, {
          type: 'ORDER_CANCEL_REJECT',
          ...orderNames(specifier),
          rejectReason: 'ORDER_DOESNT_EXIST',
        }),
      });
    return sendCreated(account, submitOrder(account, moment, read, replaced), request, reply);
  });

  api.put('/accounts/:accountID/orders/:orderSpecifier/cancel', (request) => {
    const account = requestedAccount(simulator, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const written = cancelOrder(account, moment, orderSpecifier(request));
    if (isRejection(written)) throw rejectionAnswer(account, { orderCancelRejectTransaction: written });
    return { orderCancelTransaction: written, ...writtenFields(account, [written]) };
  });

  api.put('/accounts/:accountID/orders/:orderSpecifier/clientExtensions', (request) => {
    const account = requestedAccount(simulator, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const written = changeOrderExtensions(account, moment, orderSpecifier(request), request.body);
    if (isRejection(written))
      throw rejectionAnswer(account, { orderClientExtensionsModifyRejectTransaction: written });
    return { orderClientExtensionsModifyTransaction: written, ...writtenFields(account, [written]) };
  });
}

function orderSpecifier(request: FastifyRequest): string {
  const specifier = pathText(request, 'orderSpecifier');
  if (!/^(?:\d{1,15}|@.+)$/s.test(specifier)) throw invalidValue('orderSpecifier');
  return specifier;
}

/** A client's own id finds an order only while it waits; a number finds it afterwards too. */
function findOrder({ book }: SimulatorAccount, specifier: string): OrderRecord | undefined {
  return specifier.startsWith('@') ? book.pendingOrder(specifier) : book.ordersById.get(Number(specifier));
}

function ordersAnswer(account: SimulatorAccount, records: readonly OrderRecord[]): Fields {
  const levels = account.trailingLevels();
  return {
    orders: records.map((record) => orderView(account, record, levels)),
    lastTransactionID: String(account.lastTransactionId),
  };
}

/** A replacement begins with the cancellation of the old order; the rest is that of any new one. */
function sendCreated(
  account: SimulatorAccount,
  written: readonly WireTransaction[],
  request: FastifyRequest,
  reply: FastifyReply,
): Fields {
  const replacedCancel = written[0]?.type === 'ORDER_CANCEL' ? written[0] : undefined;
  const created = written[replacedCancel ? 1 : 0];
  assert(created !== undefined, 'a request for an order is answered in the log');
  if (isRejection(created)) throw rejectionAnswer(account, { orderRejectTransaction: created });
  const { fill, cancel, reissue } = outcomeOf(written, created.id);
  void reply.status(201).header('Location', orderAddress(request, account, created.id));
  return {
    ...(replacedCancel && { orderCancelTransaction: replacedCancel }),
    orderCreateTransaction: created,
    ...(fill && { orderFillTransaction: fill }),
    ...(reissue && { orderReissueTransaction: reissue }),
    ...(cancel && {
      [replacedCancel ? 'replacingOrderCancelTransaction' : 'orderCancelTransaction']: cancel,
    }),
    ...writtenFields(account, written),
  };
}
