/** What the translation of a transaction looks at, and what comes out of it. */

import type { AccountValue } from '../../../core/domain/account-value.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { OrderTerms } from '../../../core/domain/order.ts';
import type { Transaction } from '../../../core/domain/transaction.ts';
import type { AccountBook } from '../account-book.ts';
import type { AccountId } from '../account-id.ts';
import type { OrderDetails } from '../order-details.ts';
import type { Fields } from '../v20-error.ts';
import type { WireTime } from './time.ts';

/** A transaction as OANDA writes it. Beside these fields it has those of its type. */
export interface WireTransaction extends Fields {
  readonly id: string;
  readonly batchID: string;
  readonly type: string;
  readonly time: WireTime;
}

/** What a request says that the exchange does not know. */
export interface RequestContext {
  readonly requestId: string;
  /** What an order that the request makes has beside its terms. */
  readonly detailsOf?: ((terms: OrderTerms) => OrderDetails) | undefined;
  /** The fields of a transaction that the exchange only counts, or of a refusal; with their `type`. */
  readonly fields?: Fields | undefined;
}

/** A transaction of one kind, and the account after it. */
export interface Translation<T extends Transaction = Transaction> {
  readonly transaction: T;
  readonly book: AccountBook;
  readonly value: AccountValue;
  readonly instruments: Instruments;
  readonly accountId: AccountId;
  /** The id as text. */
  readonly accountName: string;
  readonly currency: string;
  readonly context: RequestContext | undefined;
}
