/** Whether what is open, what was closed and the money are here as at the broker. */
import { closingsOf } from './broker-record.ts';
import type { BrokerAccount, BrokerTransaction } from './broker-record.ts';

export interface PositionRow {
  readonly brokerPositionId: string;
  readonly side: string;
  readonly openUnits: number;
  readonly entryPrice: string;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
  readonly trailingDistance: string | null;
  readonly external: boolean;
}

export interface TradeRow {
  readonly brokerTransactionId: string;
  readonly positionId: string;
  readonly units: number;
  readonly exitPrice: string;
  readonly realizedPnl: string;
}

export interface BookingRow {
  readonly transactionId: string;
  readonly amount: string;
  readonly balance: string;
}

/** Compares open positions with the broker's trades: each was asked to have a stop loss. */
export function comparePositions(rows: readonly PositionRow[], account: BrokerAccount): readonly string[] {
  const { trades, orders } = account;
  const byNumber = new Map(rows.map((row) => [row.brokerPositionId, row]));
  const numbers = new Set(trades.map(({ id }) => id));
  return [
    ...rows
      .filter(({ brokerPositionId }) => !numbers.has(brokerPositionId))
      .map(({ brokerPositionId }) => `position ${brokerPositionId} is open here only`),
    ...trades.flatMap((trade) => {
      const row = byNumber.get(trade.id);
      const orderOf = (number: string | undefined) => orders.find(({ id }) => id === number);
      const stop = orderOf(trade.stopLossOrderID)?.price;
      const name = `position ${trade.id}`;
      const missing = stop === undefined ? [`${name} has no stop loss at the broker`] : [];
      if (!row) return [...missing, `${name} is open at the broker only`];
      const units = row.side === 'short' ? -row.openUnits : row.openUnits;
      return [
        ...missing,
        ...differs(`${name}: units`, units, Number(trade.currentUnits)),
        ...differs(`${name}: price`, row.entryPrice, trade.price),
        ...differs(`${name}: stop loss`, row.stopLoss, stop ?? null),
        ...differs(`${name}: take profit`, row.takeProfit, orderOf(trade.takeProfitOrderID)?.price ?? null),
        ...differs(
          `${name}: trailing distance`,
          row.trailingDistance,
          orderOf(trade.trailingStopLossOrderID)?.distance ?? null,
        ),
        ...differs(`${name}: opened elsewhere`, row.external, false),
      ];
    }),
  ];
}

/** Compares trades with what the fills of the log have closed. */
export function compareTrades(
  rows: readonly TradeRow[],
  log: readonly BrokerTransaction[],
): readonly string[] {
  const here = rows.map(
    (row) =>
      `fill ${row.brokerTransactionId}: ${row.units} at ${row.exitPrice} for ${cents(row.realizedPnl)}`,
  );
  const there = closingsOf(log).map(
    (closing) =>
      `fill ${closing.transactionId}: ${Math.abs(Number(closing.units))} at ${closing.price} for ${cents(closing.realizedPL)}`,
  );
  return [
    ...without(here, there).map((trade) => `${trade}: closed here only`),
    ...without(there, here).map((trade) => `${trade}: closed at the broker only`),
  ];
}

/** Compares the balance with the broker's, the ledger's and the sum of the ledger. */
export function compareMoney(
  balance: string,
  ledger: readonly BookingRow[],
  account: BrokerAccount,
): readonly string[] {
  const sum = ledger.reduce((total, { amount }) => total + Number(amount), 0);
  return [
    ...differs('balance', cents(balance), cents(account.balance)),
    ...differs('balance of the ledger', cents(ledger[0]?.balance ?? '0'), cents(account.balance)),
    ...differs('sum of the ledger', sum.toFixed(4), cents(account.balance)),
  ];
}

type Compared = string | number | boolean | null;

function differs(what: string, here: Compared, there: Compared): readonly string[] {
  return here === there ? [] : [`${what} is ${here} here and ${there} at the broker`];
}

/** Returns the items that the others lack, each as often as it lacks. */
function without(items: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return items.filter((item) => {
    const index = left.indexOf(item);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Money with the digits of the broker's. */
function cents(text: string): string {
  return Number(text).toFixed(4);
}
