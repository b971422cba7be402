/** `/accounts/…/trades`: our positions, one by one: listing, closing, and what protects them. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isRejection, orderAddress, rejectionAnswer, writtenFields } from './answers.ts';
import { closeRequestedTrade } from './close-trade.ts';
import { listed } from './listed.ts';
import { changeTradeExtensions } from './order-extensions.ts';
import { queryWord } from './read-query.ts';
import { pathText, requestedAccount } from './requested-account.ts';
import { readTradeOrders } from './requests/read-trade-orders.ts';
import { changeTradeOrders } from './trade-orders.ts';
import { V20Error, invalidValue } from './v20-error.ts';
import { TRADE_STATES, tradeState, tradeView } from './wire/trade-view.ts';
import type { TradeRecord } from './account-records.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';

export function registerTradeRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.get('/accounts/:accountID/trades', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const state = queryWord(request, 'state', [...TRADE_STATES, 'ALL']) ?? 'OPEN';
    const trades = [...account.book.tradesById.values()]
      .filter((trade) => state === 'ALL' || tradeState(account, trade) === state)
      .map((trade) => ({
        id: trade.position.brokerPositionId,
        instrument: trade.position.instrument,
        trade,
      }));
    const shown = listed(trades, account.instruments, request, reply);
    return tradesAnswer(
      account,
      shown.map(({ trade }) => trade),
    );
  });

  api.get('/accounts/:accountID/openTrades', (request) => {
    const account = requestedAccount(simulator, request);
    const ids = [...account.book.ledger.openPositions.keys()].reverse();
    return tradesAnswer(
      account,
      ids.map((id) => account.book.trade(id)),
    );
  });

  api.get('/accounts/:accountID/trades/:tradeSpecifier', (request) => {
    const account = requestedAccount(simulator, request);
    const specifier = tradeSpecifier(request);
    const trade = specifier.startsWith('@')
      ? account.book.openTrade(specifier)
      : account.book.tradesById.get(Number(specifier));
    if (!trade) throw noSuchTrade(account);
    return { trade: tradeView(account, trade), lastTransactionID: String(account.lastTransactionId) };
  });

  api.put('/accounts/:accountID/trades/:tradeSpecifier/close', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const { orderId, answer } = closeRequestedTrade(account, moment, tradeSpecifier(request), request.body);
    void reply.header('Location', orderAddress(request, account, orderId));
    return answer;
  });

  api.put('/accounts/:accountID/trades/:tradeSpecifier/clientExtensions', (request) => {
    const account = requestedAccount(simulator, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const written = changeTradeExtensions(account, moment, tradeSpecifier(request), request.body);
    if (isRejection(written))
      throw rejectionAnswer(account, { tradeClientExtensionsModifyRejectTransaction: written });
    return { tradeClientExtensionsModifyTransaction: written, ...writtenFields(account, [written]) };
  });

  api.put('/accounts/:accountID/trades/:tradeSpecifier/orders', (request) => {
    const account = requestedAccount(simulator, request);
    const now = simulator.now();
    const trade = account.book.openTrade(tradeSpecifier(request));
    if (!trade) throw noSuchTrade(account);
    const changes = readTradeOrders(account, trade, request.body, now);
    const { brokerPositionId } = trade.position;
    return changeTradeOrders(account, { requestId: request.id, now }, brokerPositionId, changes);
  });
}

function tradeSpecifier(request: FastifyRequest): string {
  const specifier = pathText(request, 'tradeSpecifier');
  if (!/^(?:\d{1,15}|@.+)$/s.test(specifier)) throw invalidValue('tradeSpecifier');
  return specifier;
}

function noSuchTrade(account: SimulatorAccount): V20Error {
  return new V20Error(404, 'The trade ID specified does not exist', 'NO_SUCH_TRADE', {
    lastTransactionID: String(account.lastTransactionId),
  });
}

function tradesAnswer(account: SimulatorAccount, trades: readonly TradeRecord[]): Fields {
  return {
    trades: trades.map((trade) => tradeView(account, trade)),
    lastTransactionID: String(account.lastTransactionId),
  };
}
