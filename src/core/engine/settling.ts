/** What follows from a group of transactions: requests settle, exposure is taken away where it was to be, and strategies decide. */

import { checkRules } from './halting.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { CloseRequest, OrderRequest } from '../domain/order.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineState } from './engine-state.ts';
import type { Settlement, TransactionBatch } from './transaction-batch.ts';

/**
 * First what strategies see is updated, then exposure is taken away where it was to be, then strategies decide. Returns the orders
 * that filled although another of their group had.
 */
export function endBatch(parts: EngineParts, batch: TransactionBatch): readonly LedgerOrder[] {
  const { state, unwinding, strategies } = parts;
  strategies.refresh();
  for (const settlement of batch.settlements()) settle(parts, settlement);
  const filledTwice: LedgerOrder[] = [];
  for (const order of batch.orders) {
    unwinding.followOrder(order);
    state.wantedProtection.noteOrder(order);
    if (order.terms.ocoGroup === undefined) continue;
    if (order.filledUnits === 0) unwinding.endIfGroupIsOver(order);
    else {
      if (state.groups.noteFill(order)) filledTwice.push(order);
      unwinding.endGroupOf(order);
    }
  }
  for (const { fill } of batch.fills) {
    noteOpened(state, batch, fill);
    state.equityRules.tradedDays.note(fill);
  }
  checkRules(parts);
  for (const noted of batch.fills) {
    if (state.enteredCandles.isAny) state.enteredCandles.stop(noted.fill);
    strategies.showFill(noted);
  }
  strategies.run();
  return filledTwice;
}

/** The broker may fill an entry and not make what was to protect the position. */
function noteOpened(
  { portfolio, wantedProtection }: EngineState,
  batch: TransactionBatch,
  fill: OrderFilled,
) {
  const position = portfolio.ledger.openPositions.get(fill.id);
  const order = batch.order(fill.orderId);
  if (position && order) wantedProtection.noteOpened(position, order);
}

/** Ends a request that is in flight. */
export function settle(parts: EngineParts, settlement: Settlement): void {
  const { state } = parts;
  const request = state.inFlight.settle(settlement.id);
  if (!request) return;
  if ('brokerPositionId' in request) settleClose(parts, request, settlement);
  else settleOrder(parts, request, settlement);
  state.closedMarketSignals.settle(settlement.id, settlement.outcome);
}

/** An order that was to protect a position and does not is missed there, unless it was cancelled on its way. */
function settleOrder(
  { state, unwinding, strategies }: EngineParts,
  request: OrderRequest,
  settlement: Settlement,
): void {
  const { id, outcome } = settlement;
  if (outcome === 'failed' && !unwinding.isEnding(id)) state.wantedProtection.noteFailure(request);
  if (request.strategyId !== undefined) strategies.settle(request.strategyId, settlement);
}

/** An exit is a goal: a close of a position that is gone is done, however it was answered, and one that failed stays wanted. */
function settleClose(
  { state, unwinding, strategies }: EngineParts,
  request: CloseRequest,
  { id, outcome }: Settlement,
): void {
  const { brokerPositionId, strategyId } = request;
  const position = state.portfolio.ledger.openPositions.get(brokerPositionId);
  const isWantedAgain = outcome === 'failed' && position !== undefined;
  if (strategyId !== undefined) {
    if (isWantedAgain) strategies.settleFailedClose(strategyId, request, position);
    else strategies.settle(strategyId, { id, outcome: 'done' });
  }
  unwinding.followClose(brokerPositionId, outcome);
}
