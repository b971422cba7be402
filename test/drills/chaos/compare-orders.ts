/** Whether each order is at the broker once, and is there what the server says it is. */
import { LAPSED } from './broker-record.ts';
import { orderIdOf } from './keyed-requests.ts';
import type { BrokerOrder } from './broker-record.ts';
import type { KeyedRequest } from './keyed-requests.ts';

/** An order of the API, as far as it is compared. */
export interface OrderRow {
  readonly id: string;
  readonly brokerOrderId: string | null;
  readonly createdBy: string;
  readonly type: string;
  readonly status: string;
  readonly reasonCode: string | null;
  readonly filledUnits: number;
  readonly averagePrice: string | null;
  readonly leaseUntil: string | null;
}

/** Refused before anything was made: the position or the order was gone. */
const REFUSALS: readonly number[] = [404, 409, 422];

/** Compares what was asked for with what is there. */
export function compareRequests(
  requests: readonly KeyedRequest[],
  rows: readonly OrderRow[],
): readonly string[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const answered = new Set(requests.map(orderIdOf));
  return [
    ...requests.flatMap((request) => {
      const { kind, call, answer } = request;
      const name = `${kind} ${call.idempotencyKey}`;
      if (!answer) return [`${name} has no answer`];
      const id = orderIdOf(request);
      if (id === undefined)
        return REFUSALS.includes(answer.status)
          ? []
          : [`${name} was answered ${answer.status}: ${answer.text}`];
      return byId.has(id) ? [] : [`${name} was answered with order ${id}, which is not listed`];
    }),
    ...rows
      .filter(
        ({ createdBy, status, type, id }) =>
          isAsked(type, createdBy) && status !== 'denied' && !answered.has(id),
      )
      .map(({ id, type, status }) => `${type} order ${id} (${status}) is no request's answer`),
  ];
}

/** Compares the orders of the API with those of the broker's log. Where entries are leased, each that rests has a lease, and no other has one. */
export function compareOrders(
  rows: readonly OrderRow[],
  atBroker: ReadonlyMap<string, BrokerOrder>,
  { isLeased }: { readonly isLeased: boolean },
): readonly string[] {
  const byNumber = Map.groupBy(rows, ({ brokerOrderId }) => brokerOrderId);
  const byClientId = Map.groupBy(atBroker.values(), ({ clientId }) => clientId);
  return [
    ...[...byClientId].flatMap(([clientId, orders]) =>
      clientId !== undefined && orders.length > 1
        ? [
            `order ${clientId} is ${orders.length} times at the broker: ${orders.map(({ id }) => id).join(', ')}`,
          ]
        : [],
    ),
    ...[...atBroker.values()].flatMap((order) => {
      const known = byNumber.get(order.id) ?? [];
      return known.length === 1
        ? []
        : [`the broker's ${order.type} ${order.id} is ${known.length} orders here`];
    }),
    ...rows.flatMap((row) =>
      compareOrder(
        row,
        row.brokerOrderId === null ? byClientId.get(row.id)?.[0] : atBroker.get(row.brokerOrderId),
      ),
    ),
    ...rows.flatMap((row) => compareLease(row, atBroker.get(row.brokerOrderId ?? ''), isLeased)),
  ];
}

function compareOrder(row: OrderRow, order: BrokerOrder | undefined): readonly string[] {
  const name = `${row.type} order ${row.id} (${row.brokerOrderId ?? 'no number'})`;
  if (row.createdBy === 'external') return [`${name} is taken for one that was made elsewhere`];
  if (!order) {
    const isNone = row.status === 'rejected' || row.status === 'denied';
    return isNone ? [] : [`${name} is ${row.status}, and not at the broker`];
  }
  const expected = statusOf(order);
  const filled = order.fill ? Math.abs(Number(order.fill.units)) : 0;
  const price = order.fill?.price;
  return [
    ...(row.status === expected ? [] : [`${name} is ${row.status}, and ${expected} at the broker`]),
    ...(row.filledUnits === filled
      ? []
      : [`${name} has filled ${row.filledUnits} units, and ${filled} at the broker`]),
    ...(order.fill === undefined || row.averagePrice === price
      ? []
      : [`${name} has filled at ${row.averagePrice}, and at ${price} at the broker`]),
  ];
}

function statusOf({ fill, cancelReason }: BrokerOrder): string {
  if (fill) return 'filled';
  if (cancelReason === undefined) return 'accepted';
  return cancelReason === LAPSED ? 'expired' : 'cancelled';
}

function compareLease(row: OrderRow, order: BrokerOrder | undefined, isLeased: boolean): readonly string[] {
  if (!order || row.status !== 'accepted') return [];
  const name = `${row.type} order ${row.id} (${row.brokerOrderId})`;
  const [here, there] = [row.leaseUntil, order.endsAt ?? null].map((text) =>
    text === null ? 'never' : new Date(text).toISOString(),
  );
  return [
    ...(here === there ? [] : [`${name} ends ${here} here, and ${there} at the broker`]),
    ...((there !== 'never') === (isLeased && isEntry(row.type))
      ? []
      : [`${name} ends ${there} at the broker`]),
  ];
}

/** What may rest and has a lease; what protects a position has none. */
function isEntry(type: string): boolean {
  return type === 'limit' || type === 'stop';
}

/** Orders that a person's requests make; changes of protection make others. */
function isAsked(type: string, createdBy: string): boolean {
  return createdBy === 'person' && (type === 'market' || isEntry(type));
}
