/** The bodies of answers to requests that write transactions. */

import type { FastifyRequest } from 'fastify';
import { messageOf } from './requests/rejection.ts';
import { V20Error } from './v20-error.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** What is not there is answered with 404, everything else that makes no sense with 400. */
const NOT_FOUND: ReadonlySet<string> = new Set(['ORDER_DOESNT_EXIST', 'TRADE_DOESNT_EXIST']);

/** Returns the fields that name what a request wrote, with the number of the log's end. */
export function writtenFields(account: SimulatorAccount, written: readonly WireTransaction[]): Fields {
  return {
    relatedTransactionIDs: written.map(({ id }) => id),
    lastTransactionID: String(account.lastTransactionId),
  };
}

/** Returns the answer to a request that was rejected; `named` are the rejecting transactions under the names that the answer gives them. */
export function rejectionAnswer(
  account: SimulatorAccount,
  named: Readonly<Record<string, WireTransaction>>,
  status?: number,
): V20Error {
  const transactions = Object.values(named);
  const reason = String(transactions[0]?.['rejectReason']);
  return new V20Error(status ?? (NOT_FOUND.has(reason) ? 404 : 400), messageOf(reason), reason, {
    ...named,
    ...writtenFields(account, transactions),
  });
}

/** What became of an order just created: its fill, its cancellation, and the order that what it did not fill became. */
interface Outcome {
  readonly fill: WireTransaction | undefined;
  readonly cancel: WireTransaction | undefined;
  readonly reissue: WireTransaction | undefined;
}

/** Returns the transactions among those written that concern an order just created. */
export function outcomeOf(written: readonly WireTransaction[], createdId: string | undefined): Outcome {
  const find = (type: string): WireTransaction | undefined =>
    written.find((transaction) => transaction.type === type && transaction['orderID'] === createdId);
  const created = written.findIndex(({ id }) => id === createdId);
  const reissue = written
    .slice(created + 1)
    .find(({ type }) => created >= 0 && type === written[created]?.type);
  return { fill: find('ORDER_FILL'), cancel: find('ORDER_CANCEL'), reissue };
}

/** Returns whether a transaction is the refusal of a request. */
export function isRejection({ type }: WireTransaction): boolean {
  return type.endsWith('_REJECT');
}

/** Returns the address of an order. */
export function orderAddress(request: FastifyRequest, account: SimulatorAccount, orderId: string): string {
  return `${request.protocol}://${request.host}/v3/accounts/${account.spec.id}/orders/${orderId}`;
}
