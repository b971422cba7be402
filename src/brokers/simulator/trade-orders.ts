/** Carries out changes of the orders that protect a trade, as one step: all of them or none. */

import { isRejection, outcomeOf, rejectionAnswer, writtenFields } from './answers.ts';
import type { Lifetime, ProtectionRequest, ProtectiveOrderType } from '../../core/domain/order.ts';
import type { Moment } from './order-desk.ts';
import type { TradeOrderChange } from './requests/read-trade-orders.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** Returns the body of the answer; throws that of a rejection. */
export function changeTradeOrders(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  tradeId: number,
  changes: readonly TradeOrderChange[],
): Fields {
  const rejected = changes.filter(({ reason }) => reason !== undefined);
  if (rejected.length > 0) {
    const named: Record<string, WireTransaction> = {};
    for (const { name, wanted, orderType, rejectFields, reason } of rejected) {
      const verb = wanted === undefined && orderType ? 'CancelReject' : 'Reject';
      named[`${name}${verb}Transaction`] = account.note(requestId, now, {
        ...rejectFields,
        rejectReason: reason,
      });
    }
    throw rejectionAnswer(account, named, 400);
  }
  const [first] = changes;
  const written = account.request(
    {
      requestId,
      detailsOf: ({ orderType }) => {
        const change = changes.find((candidate) => candidate.orderType === orderType);
        const { clientExtensions, wanted } = change ?? {};
        return { clientExtensions, distance: wanted?.details.distance };
      },
      fields: first?.rejectFields,
    },
    now,
    (exchange) =>
      exchange.changeProtection({ ...protectionOf(changes), brokerPositionId: tradeId, decidedAt: now }),
  );
  const rejection = written.find(isRejection);
  if (rejection) throw rejectionAnswer(account, { [`${first?.name}RejectTransaction`]: rejection });
  const named = changes.flatMap((change) => Object.entries(namedTransactions(account, change, written)));
  return { ...(Object.fromEntries(named) as Fields), ...writtenFields(account, written) };
}

function protectionOf(changes: readonly TradeOrderChange[]): Partial<ProtectionRequest> {
  const lifetimes: Partial<Record<ProtectiveOrderType, Lifetime>> = {};
  let protection: Partial<ProtectionRequest> = { lifetimes };
  for (const { orderType, wanted } of changes) {
    if (orderType === undefined) continue;
    if (wanted) lifetimes[orderType] = wanted.lifetime;
    protection = { ...protection, ...levelOf(orderType, wanted) };
  }
  return protection;
}

function levelOf(
  orderType: ProtectiveOrderType,
  wanted: TradeOrderChange['wanted'],
): Partial<ProtectionRequest> {
  switch (orderType) {
    case 'take_profit':
      return { takeProfit: wanted ? wanted.price : null };
    case 'stop_loss':
      if (!wanted) return { stopLoss: null };
      return wanted.distance === undefined
        ? { stopLoss: wanted.price }
        : { stopLossDistance: wanted.distance };
    case 'trailing_stop':
      return { trailingDistance: wanted ? wanted.distance : null };
  }
}

/** The transactions of one order: its old one cancelled, the new one created, and what became of that at once. */
function namedTransactions(
  { book }: SimulatorAccount,
  { name, orderType, current }: TradeOrderChange,
  written: readonly WireTransaction[],
): Fields {
  const created = written.find(
    ({ id }) => book.ordersById.get(Number(id))?.order.terms.orderType === orderType,
  );
  const cancelled = current && outcomeOf(written, String(current.order.orderId)).cancel;
  const { fill, cancel } = outcomeOf(written, created?.id);
  return {
    ...(cancelled && { [`${name}CancelTransaction`]: cancelled }),
    ...(created && { [`${name}Transaction`]: created }),
    ...(created && fill && { [`${name}FillTransaction`]: fill }),
    ...(created && cancel && { [`${name}CreatedCancelTransaction`]: cancel }),
  };
}
