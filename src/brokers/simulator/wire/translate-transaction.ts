/** The translation of our transactions to OANDA's: one for one, under the same numbers. */

import { InvariantError, unreachable } from '../../../core/shared/assert.ts';
import {
  translateCharge,
  translateConfigured,
  translateCounted,
  translateDelay,
  translateMarginCall,
  translateOpened,
  translateTransfer,
} from './account-transactions.ts';
import { translateFilled } from './fill-transaction.ts';
import { translateCancelled, translateCreated, translateRejected } from './order-transactions.ts';
import { WireTime } from './time.ts';
import type { Fields } from '../v20-error.ts';
import type { Translation, WireTransaction } from './translation.ts';

/** Returns the transaction as OANDA writes it; the account is in the state after it. */
export function translateTransaction(translation: Translation): WireTransaction {
  const { transaction, accountId, accountName, context } = translation;
  const { type, ...fields } = fieldsOf(translation);
  return {
    id: String(transaction.id),
    time: new WireTime(transaction.at),
    userID: accountId.accountUserID,
    accountID: accountName,
    batchID: String(transaction.batchId),
    ...(context && { requestID: context.requestId }),
    type: String(type),
    ...fields,
  };
}

function fieldsOf(translation: Translation): Fields {
  const { transaction } = translation;
  switch (transaction.type) {
    case 'account-opened':
      return translateOpened({ ...translation, transaction });
    case 'account-configured':
      return translateConfigured({ ...translation, transaction });
    case 'funds-transferred':
      return translateTransfer({ ...translation, transaction });
    case 'financing-charged':
    case 'dividend-adjusted':
      return translateCharge({ ...translation, transaction });
    case 'margin-call-changed':
      return translateMarginCall({ ...translation, transaction });
    case 'closure-delayed':
      return translateDelay({ ...translation, transaction });
    case 'order-created':
      return translateCreated({ ...translation, transaction });
    case 'order-rejected':
      return translateRejected({ ...translation, transaction });
    case 'order-cancelled':
      return translateCancelled({ ...translation, transaction });
    case 'order-filled':
      return translateFilled({ ...translation, transaction });
    case 'other':
    case 'cancel-rejected':
      return translateCounted({ ...translation, transaction });
    case 'account-adopted':
      throw new InvariantError('a simulated account has its log from its beginning');
    default:
      return unreachable(transaction);
  }
}
