/** What changed on an account since a transaction, and what of it depends on prices. */

import { wirePrice } from './decimals.ts';
import { accumulatedState, priceState } from './account-view.ts';
import { orderState, orderView } from './order-view.ts';
import { positionPriceState, positionView } from './position-view.ts';
import { tradePriceState, tradeSummary } from './trade-view.ts';
import { watchedBy, watchedPrice } from '../../../core/simulation/resting-order.ts';
import type { OrderRecord, TradeRecord } from '../account-records.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

/** Returns each order and trade once, where it stands now: what was made and ended since then is only among what ended. */
export function changesView(account: SimulatorAccount, sinceId: number): Fields {
  const { book, log } = account;
  const levels = account.trailingLevels();
  const orders = (wanted: (record: OrderRecord) => boolean): readonly Fields[] =>
    [...book.ordersById.values()].filter(wanted).map((record) => orderView(account, record, levels));
  const trades = (wanted: (record: TradeRecord) => boolean): readonly Fields[] =>
    [...book.tradesById.values()].filter(wanted).map((trade) => tradeSummary(account, trade));
  const isSince = (id: number | undefined): boolean => id !== undefined && id > sinceId;
  const isNew = ({ position }: TradeRecord): boolean => isSince(position.brokerPositionId);
  const isReduced = ({ closings }: TradeRecord): boolean => isSince(closings.at(-1)?.transactionId);
  return {
    ordersCreated: orders((record) => orderState(record) === 'PENDING' && isSince(record.order.orderId)),
    ordersCancelled: orders((record) => orderState(record) === 'CANCELLED' && isSince(record.cancelId)),
    ordersFilled: orders((record) => orderState(record) === 'FILLED' && isSince(record.fillId)),
    ordersTriggered: [],
    tradesOpened: trades((trade) => isOpen(trade) && isNew(trade)),
    tradesReduced: trades((trade) => isOpen(trade) && !isNew(trade) && isReduced(trade)),
    tradesClosed: trades((trade) => !isOpen(trade) && isReduced(trade)),
    positions: [...book.positionsByInstrument.values()]
      .filter(({ changedBy }) => isSince(changedBy))
      .map((position) => positionView(account, position)),
    transactions: log.slice(sinceId),
  };
}

function isOpen({ position }: TradeRecord): boolean {
  return position.openUnits > 0;
}

/** Returns the numbers of the account and of all that is open at the newest prices. */
export function stateView(account: SimulatorAccount): Fields {
  const { book } = account;
  const { openPositions } = book.ledger;
  return {
    ...priceState(account),
    ...accumulatedState(account),
    orders: dynamicOrders(account),
    trades: [...openPositions.keys()].map((id) => ({
      id: String(id),
      ...tradePriceState(account, book.trade(id)),
    })),
    positions: [...new Set([...openPositions.values()].map(({ instrument }) => instrument))].map((name) =>
      positionPriceState(account, name),
    ),
  };
}

/** Only trailing stops move by themselves. */
function dynamicOrders(account: SimulatorAccount): readonly Fields[] {
  return [...account.trailingLevels()].map(([id, level]) => {
    const { terms } = account.book.order(id).order;
    const quote = account.exchange.value.quoteOf(terms.instrument);
    const instrument = account.instruments.named(terms.instrument);
    const distance = quote && Math.abs(watchedPrice(watchedBy(terms), quote) - level);
    return {
      id: String(id),
      trailingStopValue: wirePrice(instrument, level),
      ...(distance !== undefined && {
        triggerDistance: wirePrice(instrument, distance),
        isTriggerDistanceExact: true,
      }),
    };
  });
}
