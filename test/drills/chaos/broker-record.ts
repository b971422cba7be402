/** What the broker's log says of orders and of what they filled, read without any code of the server. */

/** A transaction of v20, as far as it is compared. */
export interface BrokerTransaction {
  readonly id: string;
  readonly type: string;
  readonly orderID?: string;
  readonly replacesOrderID?: string;
  readonly units?: string;
  readonly price?: string;
  readonly reason?: string;
  readonly accountBalance?: string;
  readonly clientExtensions?: { readonly id?: string; readonly comment?: string };
  readonly tradeClose?: { readonly tradeID: string };
  readonly tradeReduced?: BrokerClosing;
  readonly tradesClosed?: readonly BrokerClosing[];
}

/** A part of a fill that closes a trade, or some of its units. */
export interface BrokerClosing {
  readonly tradeID: string;
  readonly units: string;
  readonly price: string;
  readonly realizedPL: string;
  readonly financing: string;
}

/** An account of v20, as far as it is compared. */
export interface BrokerAccount {
  readonly balance: string;
  readonly lastTransactionID: string;
  readonly trades: readonly BrokerTrade[];
  readonly orders: readonly {
    readonly id: string;
    readonly type: string;
    readonly price?: string;
    readonly distance?: string;
  }[];
}

export interface BrokerTrade {
  readonly id: string;
  readonly instrument: string;
  readonly price: string;
  readonly currentUnits: string;
  readonly stopLossOrderID?: string;
  readonly takeProfitOrderID?: string;
  readonly trailingStopLossOrderID?: string;
}

/** An order by the log. */
export interface BrokerOrder {
  readonly id: string;
  readonly type: string;
  readonly clientId: string | undefined;
  readonly fill: BrokerTransaction | undefined;
  readonly isCancelled: boolean;
}

/** Every transaction that makes an order, but not what rejects one. */
const MAKES_ORDER = /_ORDER$/;

/** Returns the orders of a log by number. */
export function ordersOf(log: readonly BrokerTransaction[]): ReadonlyMap<string, BrokerOrder> {
  const of = (type: string): ReadonlyMap<string, BrokerTransaction> =>
    new Map(log.filter((line) => line.type === type).map((line) => [line.orderID ?? '', line]));
  const [fills, cancels] = [of('ORDER_FILL'), of('ORDER_CANCEL')];
  const made = log.filter(({ type }) => MAKES_ORDER.test(type));
  return new Map(
    made.map(({ id, type, clientExtensions }) => [
      id,
      { id, type, clientId: clientExtensions?.id, fill: fills.get(id), isCancelled: cancels.has(id) },
    ]),
  );
}

/** A trade, or some of its units, that a fill closed. */
export interface BrokerClosed extends BrokerClosing {
  readonly transactionId: string;
}

/** Returns what the fills of a log have closed. */
export function closingsOf(log: readonly BrokerTransaction[]): readonly BrokerClosed[] {
  return log.flatMap(({ id, tradeReduced, tradesClosed = [] }) =>
    [...tradesClosed, ...(tradeReduced ? [tradeReduced] : [])].map((closing) => ({
      ...closing,
      transactionId: id,
    })),
  );
}
