/** What the broker's log says of orders and of what they filled, read without any code of the server. */

/** A transaction of v20, as far as it is compared. */
export interface BrokerTransaction {
  readonly id: string;
  readonly type: string;
  readonly orderID?: string;
  readonly replacesOrderID?: string;
  readonly replacedByOrderID?: string;
  readonly gtdTime?: string;
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

/** An order by the log. One that was renewed is still the order that it was. */
export interface BrokerOrder {
  /** The number that it had first. */
  readonly id: string;
  readonly type: string;
  readonly clientId: string | undefined;
  readonly fill: BrokerTransaction | undefined;
  /** Why it was cancelled; undefined when it was not. */
  readonly cancelReason: string | undefined;
  /** When the broker ends it by itself. */
  readonly endsAt: string | undefined;
  readonly renewals: number;
}

/** Every transaction that makes an order, but not what rejects one. */
const MAKES_ORDER = /_ORDER$/;

/** Why an order was cancelled whose time was over. */
export const LAPSED = 'TIME_IN_FORCE_EXPIRED';

/** Returns the orders of a log by the number that each had first. */
export function ordersOf(log: readonly BrokerTransaction[]): ReadonlyMap<string, BrokerOrder> {
  const of = (type: string): ReadonlyMap<string, BrokerTransaction> =>
    new Map(log.filter((line) => line.type === type).map((line) => [line.orderID ?? '', line]));
  const [fills, cancels] = [of('ORDER_FILL'), of('ORDER_CANCEL')];
  const made = new Map(log.filter(({ type }) => MAKES_ORDER.test(type)).map((line) => [line.id, line]));
  const renewals = new Map(
    [...made.values()]
      .filter((line) => isRenewal(line, made, cancels))
      .map((line) => [line.replacesOrderID ?? '', line]),
  );
  const renewed = new Set([...renewals.values()].map(({ id }) => id));
  const firsts = [...made.values()].filter(({ id }) => !renewed.has(id));
  return new Map(
    firsts.map((first) => {
      let last = first;
      let count = 0;
      for (let next = renewals.get(first.id); next; next = renewals.get(next.id)) {
        last = next;
        count += 1;
      }
      const order = {
        id: first.id,
        type: first.type,
        clientId: first.clientExtensions?.id,
        fill: fills.get(last.id),
        cancelReason: cancels.get(last.id)?.reason,
        endsAt: last.gtdTime,
        renewals: count,
      };
      return [first.id, order];
    }),
  );
}

/** Whether an order took the place of another in the step that cancelled it, has its client id and asks for the same. */
function isRenewal(
  { id, type, units, price, replacesOrderID = '', clientExtensions }: BrokerTransaction,
  made: ReadonlyMap<string, BrokerTransaction>,
  cancels: ReadonlyMap<string, BrokerTransaction>,
): boolean {
  const replaced = made.get(replacesOrderID);
  if (!replaced || cancels.get(replacesOrderID)?.replacedByOrderID !== id) return false;
  return (
    clientExtensions?.id !== undefined &&
    clientExtensions.id === replaced.clientExtensions?.id &&
    type === replaced.type &&
    units === replaced.units &&
    price === replaced.price
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
