/** A client's copy of an account at the v20 simulator, kept as OANDA recommends: read once, then only changes. */
import { assert } from '../../src/core/shared/assert.ts';
import type { V20Json } from './v20-simulator.ts';

type Item = Record<string, unknown>;
type Items = Map<string, Item>;

const DEPENDENT_FIELDS: Readonly<Record<string, string>> = {
  TAKE_PROFIT: 'takeProfitOrderID',
  STOP_LOSS: 'stopLossOrderID',
  TRAILING_STOP_LOSS: 'trailingStopLossOrderID',
};

/** Holds what `GET account` gave, and what changed since then. */
export class V20Replica {
  #account: Item;
  readonly #orders: Items;
  readonly #trades: Items;
  readonly #positions: Items;

  constructor(account: V20Json) {
    this.#account = without(account, ['orders', 'trades', 'positions']);
    this.#orders = keyed(account['orders'], 'id');
    this.#trades = keyed(account['trades'], 'id');
    this.#positions = keyed(account['positions'], 'instrument');
  }

  /** Takes in the answer of `GET changes`. */
  apply({ changes, state, lastTransactionID }: V20Json): void {
    assert(changes !== undefined && state !== undefined, 'changes and state are there');
    for (const gone of ['ordersCancelled', 'ordersFilled', 'ordersTriggered'])
      for (const order of items(changes[gone])) this.#orders.delete(String(order['id']));
    for (const order of items(changes['ordersCreated'])) this.#orders.set(String(order['id']), order);
    for (const trade of items(changes['tradesClosed'])) this.#trades.delete(String(trade['id']));
    const shown = [...items(changes['tradesOpened']), ...items(changes['tradesReduced'])];
    for (const trade of shown) this.#trades.set(String(trade['id']), trade);
    for (const position of items(changes['positions']))
      this.#positions.set(String(position['instrument']), position);
    // Trades are shown as they are now, with all that was charged until then.
    const shownIds = new Set(shown.map(({ id }) => id));
    for (const transaction of changes['transactions'] ?? []) this.#applyTransaction(transaction, shownIds);
    this.#applyState(state);
    this.#account = {
      ...this.#account,
      lastTransactionID,
      openTradeCount: this.#trades.size,
      pendingOrderCount: this.#orders.size,
      openPositionCount: new Set([...this.#trades.values()].map((trade) => trade['instrument'])).size,
    };
  }

  /** Returns the account as `GET account` would show it; lists are in the order of their ids or names. */
  account(): Item {
    return sortedAccount({
      ...this.#account,
      orders: [...this.#orders.values()],
      trades: [...this.#trades.values()].map((trade) => this.#withDependents(trade)),
      positions: [...this.#positions.values()],
    });
  }

  /** What only the log says: financing of trades that stay open, settings, and what clients noted. */
  #applyTransaction(transaction: V20Json, shownIds: ReadonlySet<unknown>): void {
    const { type, time, orderID, tradeID, clientExtensionsModify, tradeClientExtensionsModify } = transaction;
    if (type === 'ORDER_FILL') this.#account['lastOrderFillTimestamp'] = time;
    if (type === 'DELAYED_TRADE_CLOSURE')
      for (const id of transaction['tradeIDs'] ?? []) {
        const trade = this.#trades.get(String(id));
        if (trade) trade['state'] = 'CLOSE_WHEN_TRADEABLE';
      }
    if (type === 'CLIENT_CONFIGURE')
      for (const field of ['alias', 'marginRate'])
        if (transaction[field] !== undefined) this.#account[field] = transaction[field];
    if (type === 'ORDER_CLIENT_EXTENSIONS_MODIFY') {
      const order = this.#orders.get(String(orderID));
      extend(order, 'clientExtensions', clientExtensionsModify);
      extend(order, 'tradeClientExtensions', tradeClientExtensionsModify);
    }
    if (type === 'TRADE_CLIENT_EXTENSIONS_MODIFY') {
      const trade = this.#trades.get(String(tradeID));
      extend(trade, 'clientExtensions', tradeClientExtensionsModify);
      const clientTradeID = (trade?.['clientExtensions'] as Item | undefined)?.['id'];
      for (const order of this.#orders.values())
        if (order['tradeID'] === tradeID) Object.assign(order, { clientTradeID });
    }
    for (const { openTradeFinancings } of transaction['positionFinancings'] ?? [])
      for (const { tradeID: id, financing } of openTradeFinancings ?? []) {
        const trade = this.#trades.get(String(id));
        if (trade && !shownIds.has(id)) trade['financing'] = sumOfMoney(trade['financing'], financing);
      }
  }

  #applyState(state: V20Json): void {
    const { orders, trades, positions } = state;
    // Only an account in a margin call has them.
    for (const field of ['marginCallEnterTime', 'marginCallExtensionCount']) delete this.#account[field];
    Object.assign(this.#account, without(state, ['orders', 'trades', 'positions']));
    for (const { id, trailingStopValue } of orders ?? [])
      Object.assign(this.#orders.get(String(id)) ?? {}, { trailingStopValue });
    for (const trade of trades ?? [])
      Object.assign(this.#trades.get(String(trade['id'])) ?? {}, without(trade, ['id']));
    for (const priced of positions ?? []) {
      const position = this.#positions.get(String(priced['instrument']));
      assert(position !== undefined, 'an open position was among the changes');
      position['unrealizedPL'] = priced['netUnrealizedPL'];
      position['marginUsed'] = priced['marginUsed'];
      Object.assign(position['long'] as Item, { unrealizedPL: priced['longUnrealizedPL'] });
      Object.assign(position['short'] as Item, { unrealizedPL: priced['shortUnrealizedPL'] });
    }
  }

  /** Trades name the orders that protect them; those orders name their trade. */
  #withDependents(trade: Item): Item {
    const own = Object.fromEntries(
      Object.entries(trade).filter(([field]) => !Object.values(DEPENDENT_FIELDS).includes(field)),
    );
    for (const { id, type, tradeID } of this.#orders.values()) {
      const field = DEPENDENT_FIELDS[String(type)];
      if (field !== undefined && tradeID === trade['id']) own[field] = id;
    }
    return own;
  }
}

/** Returns the account with its lists in an order that does not depend on how it came about. */
export function sortedAccount(account: Item): Item {
  const sorted = (field: string, key: string): readonly Item[] =>
    [...(account[field] as Item[])].sort((a, b) => String(a[key]).localeCompare(String(b[key])));
  return {
    ...account,
    orders: sorted('orders', 'id'),
    trades: sorted('trades', 'id'),
    positions: sorted('positions', 'instrument'),
  };
}

/** Returns the sum of two amounts of four digits, exactly. */
export function sumOfMoney(...amounts: readonly unknown[]): string {
  const tenThousandths = amounts.reduce<number>((sum, amount) => sum + Math.round(Number(amount) * 1e4), 0);
  return (tenThousandths / 1e4).toFixed(4);
}

function items(list: V20Json | undefined): readonly Item[] {
  assert(list !== undefined, 'every list of changes is there');
  return list.map((item) => without(item, []));
}

function without(item: V20Json, fields: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([field]) => !fields.includes(field)));
}

function keyed(list: V20Json | undefined, key: string): Items {
  return new Map(items(list).map((item) => [String(item[key]), item]));
}

function extend(item: Item | undefined, field: string, change: V20Json | undefined): void {
  if (!item || change === undefined) return;
  const merged = { ...(item[field] as Item | undefined), ...(change as Item) };
  const kept = Object.entries(merged).filter(([, text]) => text !== '');
  if (kept.length > 0) item[field] = Object.fromEntries(kept);
  else delete item[field];
}
